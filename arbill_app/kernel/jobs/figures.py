"""What `/metrics` says of effects: how many are not finished, and how long the oldest has waited."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from .. import clock
from ..errors import Unavailable
from . import backlog, effects


class EffectFigures(Collector):
    """Asked anew each time. While the database is away these figures are missing."""

    def collect(self) -> Iterable[Metric]:
        try:
            waits, counts = effects.oldest_wait(clock.now()), backlog.unfinished()
        except Unavailable:
            return
        oldest = waits.total_seconds()
        yield GaugeMetricFamily("arbill_queue_age_seconds", "Oldest effect that could have begun", oldest)
        family = GaugeMetricFamily("arbill_effects", "Effects that are not finished", labels=["kind", "state"])
        for (kind, state), count in counts.items():
            family.add_metric([kind, state], count)
        yield family
