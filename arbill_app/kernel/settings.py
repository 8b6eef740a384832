"""The environment (`ARBILL_…`), read once into one frozen `Settings`."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, IPvAnyNetwork
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _parts(said: Any) -> Any:
    return [part.strip() for part in said.split(",")] if isinstance(said, str) else said


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ARBILL_", frozen=True, extra="ignore", env_ignore_empty=True)

    port: int = 3000
    home: Path = Path("var")
    database_url: str = ""
    redis_url: str | None = None
    origin: str = ""
    role: str = "all"
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
    proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_parts)] = ()  # on other machines

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


@cache
def settings() -> Settings:
    return Settings()
