from collections.abc import Iterator

import pytest

from tests.dashboard.pipeline import Pipeline


@pytest.fixture
def pipeline(database: str) -> Iterator[Pipeline]:
    made = Pipeline()
    yield made
    made.close()
