"""What localstripe lacks of Stripe, put before it: only for tests.

Idempotency, the check of refunds, reasons of declines, US and Canadian bank accounts (SEPA behind), pages where a
method is typed (Checkout) or a payment approved. The pages take the sandbox's test numbers and do what they say.
"""

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from arbill_app.payments.gateway.protocol import CARD
from arbill_app.payments.gateway.sandbox.test_numbers import listed

Form = dict[str, str]
DROPPED = ("expand", "description", "return_url", "mandate", "reason", "payment_method_types", "off_session")
ALWAYS_DECLINED = "4000000000000341"  # localstripe’s only card that can be saved and is declined when charged
SETTLES, FAILS = "DE89370400440532013000", "DE62370400440532013001"


class Refused(Exception):
    def __init__(self, status: int, **error: Any) -> None:
        self.status = status
        self.error = {"type": "invalid_request_error", **error}


class Dropped(Exception):
    """It was done, and no answer is sent."""


class Shim:
    def __init__(self, behind: str) -> None:
        self.stripe = httpx.Client(base_url=behind, auth=("sk_test_shim", ""))
        self.base = ""
        self.lock = threading.RLock()
        self.answers: dict[str, tuple[tuple[str, Form], tuple[int, Any]]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.methods: dict[str, dict[str, str]] = {}  # kind, outcome, number, by the id of the payment method
        self.return_urls: dict[str, str | None] = {}  # of payments that wait for approval; None: off session
        self.numbers = itertools.count(1)

    def answer(self, verb: str, path: str, form: Form, key: str | None) -> tuple[int, Any]:
        with self.lock:
            if not key:
                return self._answered(verb, path, form)
            if key in self.answers:
                asked, answer = self.answers[key]
                if asked != (path, form):
                    raise Refused(400, type="idempotency_error", message="Keys are for one request only.")
                return answer
            answer = self._answered(verb, path, form)
            if answer[0] not in (400, 401, 429):
                self.answers[key] = (path, form), answer
            if self._is_mute(form):
                raise Dropped
            return answer

    def _is_mute(self, form: Form) -> bool:
        return self.methods.get(form.get("payment_method", ""), {}).get("outcome") == "timeout"

    def _answered(self, verb: str, path: str, form: Form) -> tuple[int, Any]:
        try:
            return self._route(verb, path, form)
        except Refused as refused:
            return refused.status, {"error": refused.error}

    def _route(self, verb: str, path: str, form: Form) -> tuple[int, Any]:
        match verb, path.strip("/").split("/"):
            case "POST", ["v1", "checkout", "sessions"]:
                return 200, self._open(form)
            case "GET", ["v1", "checkout", "sessions", id]:
                return 200, self._session(id)
            case "GET", ["v1", "setup_intents"]:
                return 200, self._setups(form["payment_method"])
            case "POST", ["_page", id]:
                return 200, self._typed(id, form)
            case "POST", ["_approve", id]:
                return 200, self._approved(id, form["approve"])
            case _, ["v1", "payment_methods", *_]:
                return 200, self._dressed_method(self._forward(verb, path, form))
            case "POST", ["v1", "payment_intents"]:
                return self._charge(form)
            case "GET", ["v1", "payment_intents"]:
                return 200, self._charges(form)
            case "POST", ["v1", "payment_intents", id, "confirm"]:
                self.return_urls[id] = form["return_url"]
                return 200, self._intent(id)
            case _, ["v1", "payment_intents", *_]:
                return 200, self._dressed(self._forward(verb, path, form))
            case "POST", ["v1", "refunds"]:
                return 200, self._refund(form)
        return 200, self._forward(verb, path, form)

    def _forward(self, verb: str, path: str, form: Form) -> Any:
        kept = {name: value for name, value in form.items() if name.partition("[")[0] not in DROPPED}
        answer = self.stripe.get(path, params=kept) if verb == "GET" else self.stripe.post(path, data=kept)
        said = answer.json()
        if answer.status_code >= 400:
            raise Refused(answer.status_code, **said["error"])
        return said

    # ------------------------------------------------------------ adding a method

    def _open(self, form: Form) -> Any:
        id = f"cs_test_{next(self.numbers)}"
        self.sessions[id] = {"id": id, "object": "checkout.session", "mode": form["mode"], "status": "open"}
        self.sessions[id] |= {"customer": form["customer"], "url": f"{self.base}/_page/{id}", "setup_intent": None}
        return self.sessions[id]

    def _session(self, id: str) -> Any:
        if id not in self.sessions:
            raise Refused(404, code="resource_missing", message="No such session.")
        return self.sessions[id]

    def _typed(self, id: str, form: Form) -> Any:
        entry = listed(form["kind"], form["number"])
        assert entry, "only test numbers"
        session = self._session(id)
        method = self._forward("POST", "/v1/payment_methods", self._method_form(entry))
        self._forward("POST", f"/v1/payment_methods/{method['id']}/attach", {"customer": session["customer"]})
        self.methods[method["id"]] = {"kind": entry.kind, "outcome": entry.outcome, "number": entry.number}
        intent = {"id": f"seti_{id}", "status": "succeeded", "mandate": None if entry.kind == CARD else f"man_{id}"}
        intent["payment_method"] = self._dressed_method(self._forward("GET", f"/v1/payment_methods/{method['id']}", {}))
        session |= {"status": "complete", "setup_intent": intent}
        return session

    def _method_form(self, entry: Any) -> Form:
        if entry.kind != CARD:
            fails = entry.outcome.startswith(("fail", "decline"))
            return {"type": "sepa_debit", "sepa_debit[iban]": FAILS if fails else SETTLES}
        number = ALWAYS_DECLINED if entry.outcome.startswith("decline") else entry.number
        card = {"number": number, "exp_month": "12", "exp_year": "2034", "cvc": "123"}
        return {"type": "card"} | {f"card[{name}]": value for name, value in card.items()}

    def _dressed_method(self, method: Any) -> Any:
        known = self.methods.get(method["id"])
        if not known:
            return method
        shown = {"last4": known["number"][-4:], "fingerprint": f"fp_{known['number']}"}
        if known["kind"] == CARD:
            return method | {"card": method["card"] | shown}
        return method | {"type": known["kind"], known["kind"]: shown | {"bank_name": "TEST BANK"}}

    def _setups(self, method: str) -> Any:
        intents = [session["setup_intent"] for session in self.sessions.values() if session["setup_intent"]]
        found = [intent for intent in intents if intent["payment_method"]["id"] == method]
        return {"object": "list", "data": [dict(i, payment_method=method) for i in found], "has_more": False}

    # ------------------------------------------------------------ charging

    def _charge(self, form: Form) -> tuple[int, Any]:
        id = form["payment_method"]
        if self._forward("GET", f"/v1/payment_methods/{id}", {})["customer"] != form["customer"]:
            raise Refused(400, message="The payment method is not attached to this customer.")
        if self.methods[id]["kind"] == "acss_debit" and "mandate" not in form:
            raise Refused(400, message="A pre-authorized debit needs a mandate.")
        try:
            made = self._forward("POST", "/v1/payment_intents", form)
        except Refused as refused:
            if refused.status != 402:
                raise
            return self._declined(self._charged(refused.error["charge"]))
        if made["status"] == "requires_action":
            self.return_urls[made["id"]] = form.get("return_url")
        made = self._dressed(made)
        return self._declined(made) if made["status"] == "requires_payment_method" else (200, made)

    def _charged(self, charge_id: str) -> Any:
        return self._intent(self._forward("GET", f"/v1/charges/{charge_id}", {})["payment_intent"])

    def _declined(self, intent: Any) -> tuple[int, Any]:
        error = intent["last_payment_error"]
        return 402, {"error": {"type": "card_error", "message": "Declined.", **error, "payment_intent": intent}}

    def _intent(self, id: str) -> Any:
        return self._dressed(self._forward("GET", f"/v1/payment_intents/{id}", {}))

    def _dressed(self, intent: Any) -> Any:
        """As Stripe would show it."""
        known = self.methods.get(intent["payment_method"] or "", {"outcome": "", "kind": CARD})
        _, _, code = known["outcome"].partition(":")
        last = intent["latest_charge"]
        if intent["status"] == "succeeded" and known["kind"] != CARD and not last["balance_transaction"]:
            intent["status"] = "processing"
        if intent["last_payment_error"] and code:
            reason = {"decline_code": code} if known["kind"] == CARD else {"code": code}
            intent["last_payment_error"] |= reason
        if intent["status"] == "requires_action":
            intent |= self._waiting(intent["id"], intent["payment_method"])
        return intent

    def _waiting(self, id: str, method: str) -> Any:
        back = self.return_urls.get(id)
        if back is None:
            error = {"code": "authentication_required", "payment_method": {"id": method}}
            return {"status": "requires_payment_method", "next_action": None, "last_payment_error": error}
        redirect = {"url": f"{self.base}/_approve/{id}", "return_url": back}
        return {"next_action": {"type": "redirect_to_url", "redirect_to_url": redirect}}

    def _approved(self, id: str, approve: str) -> Any:
        secret = self._forward("GET", f"/v1/payment_intents/{id}", {})["client_secret"]
        form = {"client_secret": secret, "success": approve}
        return self._dressed(self._forward("POST", f"/v1/payment_intents/{id}/_authenticate", form))

    def _charges(self, form: Form) -> Any:
        found = self._forward("GET", "/v1/payment_intents", {"limit": "1000"})["data"]
        since = int(form.get("created[gte]", 0))
        wanted = [i for i in found if i["customer"] == form.get("customer", i["customer"]) and i["created"] >= since]
        return {
            "object": "list",
            "url": "/v1/payment_intents",
            "has_more": False,
            "data": [*map(self._dressed, wanted)],
        }

    def _refund(self, form: Form) -> Any:
        intent = self._intent(form["payment_intent"])
        left = intent["amount"] - intent["latest_charge"]["amount_refunded"]
        if intent["status"] != "succeeded":
            raise Refused(400, message="This payment has not been captured.")
        if int(form["amount"]) > left:
            raise Refused(400, message="The refund is greater than what is left of the charge.")
        return self._forward("POST", "/v1/refunds", form)


@contextmanager
def shimmed(behind: str) -> Iterator[str]:
    """The address of a shim before localstripe's."""
    shim = Shim(behind)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            self._reply("GET", dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            self._reply("POST", dict(parse_qsl(body)))

        def _reply(self, verb: str, form: Form) -> None:
            try:
                status, said = shim.answer(verb, urlsplit(self.path).path, form, self.headers.get("idempotency-key"))
            except Dropped:
                self.close_connection = True
                return
            except Refused as refused:
                status, said = refused.status, {"error": refused.error}
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with serving(Door) as shim.base:
        yield shim.base
    shim.stripe.close()


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
