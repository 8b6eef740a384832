"""Does Redis answer? It holds the state of open screens where several web processes share them."""

import logging

from .errors import brief
from .settings import settings

log = logging.getLogger(__name__)
SECONDS = 2


def redis_state() -> str:
    """ "ok", "not used", or "does not answer"; what exactly is wrong is logged."""
    url = settings().redis_url
    if not url:
        return "not used"
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError) as error:
        log.warning("Redis: %s", brief(error))
        return "does not answer"
    return "ok"
