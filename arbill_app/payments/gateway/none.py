"""No gateway was chosen: nothing can be charged, and what was charged by an earlier gateway cannot be looked up."""

from collections.abc import Mapping, Sequence

from ...kernel.problems import Problem
from .protocol import BadSignature, Charge, Event, GatewayDown, GatewayRefusal, GatewayTimeout, Method, Refund, Setup

NOT_SET_UP = Problem("gateway.not_set_up")


class NoGateway:
    """As a Gateway: new charges are refused; questions about old ones go unanswered, never "it did not happen"."""

    name = "none"
    kinds: frozenset[str] = frozenset()

    def ensure_customer(self, ref: str, email: str, name: str) -> str:
        raise self._refusal()

    def begin_setup(self, customer: str, kinds: Sequence[str], return_url: str, key: str) -> Setup:
        raise self._refusal()

    def finish_setup(self, token: str) -> Method:
        raise self._refusal()

    def fetch_method(self, method: str) -> Method:
        raise GatewayDown(NOT_SET_UP)

    def detach(self, method: str) -> None:
        raise GatewayDown(NOT_SET_UP)

    def charge(
        self,
        *,
        customer: str,
        method: str,
        amount: int,
        currency: str,
        key: str,
        ref: str,
        on_session: bool = False,
        return_url: str = "",
    ) -> Charge:
        raise self._refusal()

    def begin_action(self, charge_id: str, return_url: str) -> Charge:
        raise self._refusal()

    def cancel(self, charge_id: str) -> Charge:
        raise GatewayTimeout(NOT_SET_UP)

    def fetch(self, charge_id: str) -> Charge:
        raise GatewayTimeout(NOT_SET_UP)

    def find(self, key: str, customer: str = "") -> Charge | None:
        raise GatewayTimeout(NOT_SET_UP)

    def refund(self, charge_id: str, amount: int, key: str, reason: str) -> Refund:
        raise GatewayDown(NOT_SET_UP)

    def refunds(self, charge_id: str) -> list[Refund]:
        raise GatewayTimeout(NOT_SET_UP)

    def find_refund(self, charge_id: str, key: str) -> Refund | None:
        raise GatewayTimeout(NOT_SET_UP)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Event:
        raise BadSignature("No gateway is in use here.")

    def _refusal(self) -> GatewayRefusal:
        return GatewayRefusal(NOT_SET_UP, "not_set_up")
