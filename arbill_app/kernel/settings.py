"""The environment (`ARBILL_…`), read once into one frozen `Settings`."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import BeforeValidator, Field, IPvAnyNetwork, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .errors import ArbillError

LEAST_KEY = 32  # characters
LEAST_TOKEN = 16  # characters
ELSEWHERE = {"ARBILL_CHROMIUM"}  # of the tests
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    assert parts.port is None or parts.port > 0  # raises ValueError for a port that is none
    return parts


def _parts(said: Any) -> Any:
    return [part.strip() for part in said.split(",")] if isinstance(said, str) else said


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ARBILL_", frozen=True, extra="ignore", env_ignore_empty=True)

    port: int = Field(3000, ge=1, le=65535)
    home: Path = Path("var")
    database_url: str = ""
    redis_url: str | None = None
    origin: str = ""
    role: Literal["all", "web"] = "all"
    smtp_url: str | None = None
    gateway: Literal["stripe", "sandbox", "none"] | None = None
    stripe_secret_key: str | None = None
    stripe_api_base: str | None = None
    stripe_webhook_secret: str | None = None
    secret_key: str | None = None
    log: Literal["plain", "json"] = "plain"
    metrics_token: str | None = None
    sentry_dsn: str | None = None
    demo: bool | None = None
    unsafe: bool = False
    proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_parts)] = ()  # on other machines

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("begins with postgresql+psycopg:// (or sqlite:///).")
        return url

    @field_validator("origin", "stripe_api_base")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if not url:
            return url
        parts = _split(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("is an address such as https://billing.example.com, without a path.")
        return url

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str | None) -> str | None:
        if url and _split(url).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("begins with redis://, rediss:// or unix://.")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, url: str | None) -> str | None:
        if not url:
            return url
        parts = _split(url)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(
                "is an address such as smtp://USER:PASSWORD@mail.example.com:587?from=billing@example.com."
            )
        if unknown := sorted(set(asked) - {"from", "timeout"}):
            raise ValueError(f"“{unknown[0]}” after the ? means nothing here: from and timeout do.")
        if "@" not in asked.get("from", "@"):
            raise ValueError("from is the email address that messages come from.")
        if not asked.get("timeout", "1").isdigit() or int(asked.get("timeout", "1")) < 1:
            raise ValueError("timeout is a whole number of seconds, at least 1.")
        return url

    @field_validator("stripe_secret_key")
    @classmethod
    def _stripe_key(cls, key: str | None) -> str | None:
        if key and not key.startswith(("sk_", "rk_")):
            raise ValueError("is Stripe’s secret key: it begins with sk_ (or rk_ where it is restricted).")
        return key

    @field_validator("stripe_webhook_secret")
    @classmethod
    def _webhook_secret(cls, secret: str | None) -> str | None:
        if secret and not secret.startswith("whsec_"):
            raise ValueError("is the signing secret of the endpoint in Stripe: it begins with whsec_.")
        return secret

    @field_validator("sentry_dsn")
    @classmethod
    def _sentry(cls, dsn: str | None) -> str | None:
        parts = _split(dsn or "")
        if dsn and not (parts.scheme in ("http", "https") and parts.username and parts.hostname and parts.path[1:]):
            raise ValueError("is a DSN as Sentry shows it: https://KEY@sentry.example.com/1.")
        return dsn

    @field_validator("metrics_token")
    @classmethod
    def _metrics(cls, token: str | None) -> str | None:
        if token and (len(token) < LEAST_TOKEN or token != token.strip()):
            raise ValueError(f"needs at least {LEAST_TOKEN} characters, as from: openssl rand -hex 16")
        return token

    @field_validator("secret_key")
    @classmethod
    def _secret(cls, keys: str | None) -> str | None:
        if keys and min(len(key.strip()) for key in keys.split(",")) < LEAST_KEY:
            raise ValueError(f"each key needs at least {LEAST_KEY} random characters, as from: openssl rand -base64 32")
        return keys

    @model_validator(mode="after")
    def _gateway_has_its_key(self) -> "Settings":
        if self.gateway == "stripe" and not self.stripe_secret_key:
            raise ValueError("ARBILL_GATEWAY=stripe needs ARBILL_STRIPE_SECRET_KEY.")
        return self

    def model_post_init(self, _context: object) -> None:
        home = self.home.absolute()
        filled: dict[str, Any] = {
            "home": home,
            "database_url": self.database_url or f"sqlite:///{home / 'arbill.db'}",
            "origin": (self.origin or f"http://localhost:{self.port}").rstrip("/"),
        }
        # The demo company has a published password: never on a public address unless somebody asks for it.
        filled["demo"] = self.demo if self.demo is not None else urlsplit(filled["origin"]).hostname in LOOPBACK
        # Fails closed: real invoices must not be paid with the sandbox's test cards.
        by_default = "stripe" if self.stripe_secret_key else "sandbox" if filled["demo"] else "none"
        filled["gateway"] = self.gateway or by_default
        for name, value in filled.items():
            object.__setattr__(self, name, value)

    @property
    def https(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        """Origins a browser may come from: on one machine, localhost and 127.0.0.1 are the same place."""
        parts = urlsplit(self.origin)
        if parts.hostname not in LOOPBACK:
            return frozenset({self.origin})
        port = f":{parts.port}" if parts.port else ""
        return frozenset(f"{parts.scheme}://{host}{port}" for host in ("localhost", "127.0.0.1"))


class WrongSettings(ArbillError):
    """What is wrong with the environment: a line for each variable."""


@cache
def settings() -> Settings:
    try:
        made = Settings()
    except ValidationError as wrong:
        raise WrongSettings("\n".join(map(_line, wrong.errors()))) from None
    if unknown := unknown_names(os.environ):
        raise WrongSettings("\n".join(unknown))
    return made


def _line(error: Any) -> str:
    name = "_".join(["ARBILL", *(str(part).upper() for part in error["loc"][:1])])
    said = PLAINLY.get(error["type"], error["msg"].removeprefix("Value error, ")).format(**error.get("ctx", {}))
    return f"{name}: {said}" if name != "ARBILL" else said


# pydantic's own sentences speak of inputs and types.
PLAINLY = {
    "int_parsing": "is a whole number.",
    "greater_than_equal": "is at least {ge}.",
    "less_than_equal": "is at most {le}.",
    "literal_error": "is one of {expected}.",
    "bool_parsing": "is true or false.",
    "ip_v4_network": "is a network such as 10.0.0.0/8, or several with commas.",
    "ip_any_network": "is a network such as 10.0.0.0/8, or several with commas.",
}


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each ARBILL_… that means nothing here: a typo would silently leave the default in force."""
    known = [f"ARBILL_{name.upper()}" for name in Settings.model_fields]
    found = sorted(name for name in environment if name.startswith("ARBILL_") and name not in {*known, *ELSEWHERE})
    return [f"{name} is not a setting of arbill.{_nearest(name, known)}" for name in found]


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, 1, 0.6)
    return f" Did you mean {close[0]}?" if close else ""
