"""Stripe, by its official SDK. Cards and accounts are typed on Stripe's own pages: no number comes near our server.

One Stripe account may serve several partners, so that a key is sent as `partner/key`. Stripe forgets idempotency keys
after a day; ours stand in the metadata of what they made, where `find` looks. It lists what a customer was charged,
which Stripe answers with what it knows at that moment; its search may lag by a minute.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ....kernel import clock
from ....kernel.text.mailbox import ascii_address
from ..protocol import CARD, KINDS, PAD, BadSignature, Charge, Event, GatewayRefusal, Method, Refund, Setup
from .amounts import to_stripe
from .calls import api, translated
from .reading import Json, charge_of, declined_intent, event_of, finished, id_of, method_of, refund_of

WHOLE = {"expand": ["latest_charge"]}
REASONS = ("duplicate", "fraudulent", "requested_by_customer")
# A business pays what it is invoiced, when it is due.
PAD_MANDATE = {
    "currency": "cad",
    "mandate_options": {"payment_schedule": "sporadic", "transaction_type": "business"},
}


class StripeGateway:
    """`base` replaces Stripe's address in tests."""

    name = "stripe"
    kinds = KINDS

    def __init__(self, partner_id: str, key: str, base: str | None = None, webhook_secret: str | None = None) -> None:
        self.partner_id = partner_id
        self._key = key
        self._base = base
        self._webhook_secret = webhook_secret

    @property
    def _api(self) -> Any:
        return api(self._key, self._base)

    def _once(self, key: str) -> dict[str, str]:
        return {"idempotency_key": f"{self.partner_id}/{key}"}

    def _marked(self, **more: str) -> dict[str, str]:
        return {"arbill_partner": self.partner_id, **{f"arbill_{name}": value for name, value in more.items()}}

    # ------------------------------------------------------------ methods

    def ensure_customer(self, ref: str, email: str, name: str) -> str:
        """By the email's list first: a key is forgotten after a day, and an email may have changed since."""
        marked = self._marked(ref=ref)
        email = ascii_address(email)
        wanted = {"email": email, "name": name, "metadata": marked}
        digest = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:16]
        with translated():
            known = self._api.customers.list({"email": email, "limit": 100}).auto_paging_iter() if email else ()
            for customer in known:
                if (customer.to_dict().get("metadata") or {}).items() >= marked.items():
                    return str(customer.id)
            return str(self._api.customers.create(wanted, self._once(f"customer:{ref}:{digest}")).id)

    def begin_setup(self, customer: str, kinds: Sequence[str], return_url: str, key: str) -> Setup:
        wanted: Json = {
            "mode": "setup",
            "customer": customer,
            "payment_method_types": list(kinds),
            "success_url": return_url,
            "cancel_url": return_url,
            "metadata": self._marked(key=f"{self.partner_id}/{key}"),
        }
        if PAD in kinds:
            wanted["payment_method_options"] = {PAD: PAD_MANDATE}
        with translated():
            session = self._api.checkout.sessions.create(wanted, self._once(key))
        return Setup("redirect", session.url, session.id)

    def finish_setup(self, token: str) -> Method:
        with translated():
            session = self._api.checkout.sessions.retrieve(token, {"expand": ["setup_intent.payment_method"]})
        return finished(session.to_dict())

    def fetch_method(self, method: str) -> Method:
        with translated():
            return method_of(self._api.payment_methods.retrieve(method).to_dict())

    def detach(self, method: str) -> None:
        try:
            with translated():
                self._api.payment_methods.detach(method)
        except GatewayRefusal:
            if self.fetch_method(method).customer:
                raise

    # ------------------------------------------------------------ charges

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
        wanted = {
            "amount": to_stripe(amount, currency),
            "currency": currency.lower(),
            "customer": customer,
            "payment_method": method,
            "confirm": True,
            "metadata": self._marked(key=f"{self.partner_id}/{key}", ref=ref),
            **self._manner(method, on_session, return_url),
            **WHOLE,
        }
        return self._confirmed(lambda: self._api.payment_intents.create(wanted, self._once(key)))

    def _manner(self, method: str, on_session: bool, return_url: str) -> Json:
        kind = self.fetch_method(method).kind
        manner: Json = {"payment_method_types": [kind]}
        if kind == CARD:
            manner |= {"return_url": return_url} if on_session and return_url else {"off_session": True}
        if kind == PAD and (mandate := self._mandate(method)):
            manner["mandate"] = mandate
        return manner

    def _mandate(self, method: str) -> str:
        """A pre-authorised debit is made on the agreement that the customer gave when they added the account."""
        with translated():
            known = self._api.setup_intents.list({"payment_method": method, "limit": 10})
        return next((id_of(intent.mandate) for intent in known.data if intent.mandate), "")

    def _confirmed(self, call: Any) -> Charge:
        """Declines come as an error with the intent inside."""
        import stripe

        with translated():
            try:
                return charge_of(call().to_dict())
            except stripe.CardError as declined:
                body: Any = declined.json_body
                return charge_of(declined_intent(body["error"]))

    def begin_action(self, charge_id: str, return_url: str) -> Charge:
        intent = self._intent(charge_id)
        now = charge_of(intent)
        if now.status != "requires_action" or now.action_url:
            return now
        failed = (intent.get("last_payment_error") or {}).get("payment_method")
        wanted = {"payment_method": id_of(failed or intent["payment_method"]), "return_url": return_url, **WHOLE}
        return self._confirmed(lambda: self._api.payment_intents.confirm(charge_id, wanted))

    def cancel(self, charge_id: str) -> Charge:
        try:
            with translated():
                return charge_of(self._api.payment_intents.cancel(charge_id, WHOLE).to_dict())
        except GatewayRefusal:
            return self.fetch(charge_id)

    def fetch(self, charge_id: str) -> Charge:
        return charge_of(self._intent(charge_id))

    def _intent(self, charge_id: str) -> Json:
        with translated():
            return dict(self._api.payment_intents.retrieve(charge_id, WHOLE).to_dict())

    def find(self, key: str, customer: str = "") -> Charge | None:
        """Without the customer: among all charges of the last day, which is how long the key itself helps."""
        day_ago = int((clock.now() - timedelta(hours=25)).timestamp())
        which = {"customer": customer} if customer else {"created": {"gte": day_ago}}
        with translated():
            listed = self._api.payment_intents.list({**which, "limit": 100, "expand": ["data.latest_charge"]})
            intents = (intent.to_dict() for intent in listed.auto_paging_iter())
            return next((charge_of(intent) for intent in intents if self._is_keyed(intent, key)), None)

    def _is_keyed(self, thing: Json, key: str) -> bool:
        return (thing.get("metadata") or {}).get("arbill_key") == f"{self.partner_id}/{key}"

    # ------------------------------------------------------------ refunds and webhooks

    def refund(self, charge_id: str, amount: int, key: str, reason: str) -> Refund:
        charge = self.fetch(charge_id)
        wanted: Json = {
            "payment_intent": charge_id,
            "amount": to_stripe(amount, charge.currency),
            "metadata": self._marked(key=f"{self.partner_id}/{key}", reason=reason[:400]),
        }
        if reason in REASONS:
            wanted["reason"] = reason
        try:
            with translated():
                return refund_of(self._api.refunds.create(wanted, self._once(key)).to_dict())
        except GatewayRefusal as refused:
            if refused.code == "key_reused" or 0 < amount <= charge.amount - charge.refunded:
                raise
            raise GatewayRefusal("No more can be refunded than was captured.", "over_refund") from refused

    def refunds(self, charge_id: str) -> list[Refund]:
        return [refund_of(refund) for refund in self._refunds(charge_id)]

    def find_refund(self, charge_id: str, key: str) -> Refund | None:
        return next((refund_of(one) for one in self._refunds(charge_id) if self._is_keyed(one, key)), None)

    def _refunds(self, charge_id: str) -> list[Json]:
        with translated():
            listed = self._api.refunds.list({"payment_intent": charge_id, "limit": 100})
            return [refund.to_dict() for refund in listed.auto_paging_iter()]

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Event:
        import stripe

        header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), None)
        try:
            stripe.WebhookSignature.verify_header(body, header, self._webhook_secret, 300)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as wrong:
            raise BadSignature("This is not from Stripe, or it was changed on its way, or is too old.") from wrong
        return event_of(json.loads(body))
