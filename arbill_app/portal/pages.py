"""Pages of the portal: one frame around each, in the reader's language and the partner's colours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..customers.models import Permission
from ..customers.portal_auth.sign_in import Seat
from ..kernel.db.outages import Unsure
from ..kernel.db.transactions import Tx, ask, read
from ..kernel.errors import ArbillError, Busy, Invalid, NotFound, Unavailable, sentences
from ..kernel.monitoring.logs import request_id
from ..kernel.problems import Problem
from ..kernel.settings import settings
from ..partners.models import ACCENT
from ..payments.gateway.choose import is_test_mode
from ..sentences.marks import N_
from .gate import GONE, Gate
from .i18n import LANGUAGES, Words
from .session import SignedOut, Visit, language_of, seated
from .theme import style

HOME = "/portal"
SECRET = {"password", "code"}  # never written into a page
TEMPLATES = Path(__file__).parent / "templates"
templates = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True)
class Frame:
    """What stands around a page. `sections` are (address, label) of what this person may see."""

    title: str = "arbill"
    style: str = style(ACCENT)
    logo: str = ""
    home: str = HOME
    initials: str = ""
    person: str = ""
    email: str = ""
    company: str = ""
    viewer: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    several_partners: bool = False
    reply_to: str = ""

    def question(self, subject: str) -> str:
        """A link that writes to the partner about something; "" where nobody was named to read it."""
        return f"mailto:{quote(self.reply_to, safe='@')}?subject={quote(subject)}" if self.reply_to else ""


def frame_of(gate: Gate, visit: Visit) -> Frame:
    seats = visit.login.seats if visit.login else []
    home = f"{HOME}/{gate.customer.id}"
    return Frame(
        title=gate.partner.name,
        style=style(gate.partner.accent),
        logo=f"{home}/logo/{gate.partner.logo_id}" if gate.partner.logo_id else "",
        home=home,
        initials=_initials(gate.seat.name),
        person=gate.seat.name,
        email=gate.contact.email if gate.contact else "",
        company=gate.customer.company,
        viewer=visit.viewer,
        sections=[(home + path, gate.say(label)) for path, label in sections(gate)],
        seats=seats if len(seats) > 1 else [],
        several_partners=len({seat.partner_id for seat in seats}) > 1,
        reply_to=gate.partner.reply_to,
    )


def sections(gate: Gate) -> list[tuple[str, str]]:
    found = [("", N_("Pay"))] if gate.may(Permission.INVOICES) else []
    if gate.may(Permission.INVOICES) or gate.may(Permission.PAYMENTS):
        found.append(("/history", N_("History")))
    if gate.may(Permission.PAYMENT_METHODS):
        found.append(("/methods", N_("Payment methods")))
    if gate.may(Permission.STATEMENTS):
        found.append(("/statement", N_("Statement of account")))
    return [*found, ("/details", N_("Your details"))]


def _initials(name: str) -> str:
    words = [word for word in name.split() if word[:1].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


# ---------------------------------------------------------------- showing


def show(visit: Visit, template: str, query: Callable[..., dict[str, Any]], *args: Any, **more: Any) -> HTMLResponse:
    """A page of the visit's seat: `query(gate, …)` says what stands on it, all of one moment. `more` goes on top."""

    def asked(tx: Tx) -> tuple[Words, Frame, dict[str, Any]]:
        gate = Gate(tx, visit.here, visit.language)
        return gate.say, frame_of(gate, visit), query(gate, *args)

    say, frame, found = read(visit.here.actor, asked)
    return page(template, say, frame, path=visit.path, **(found | more))


def asking(visit: Visit, query: Callable[..., Any], *args: Any) -> Any:
    """An answer for which no page is needed."""
    return read(visit.here.actor, lambda tx: query(Gate(tx, visit.here, visit.language), *args))


def page(
    template: str,
    say: Words,
    frame: Frame | None = None,
    *,
    status: int = 200,
    path: str = HOME,
    problem: Problem | None = None,
    problems: Mapping[str, Problem] | None = None,
    **values: Any,
) -> HTMLResponse:
    """`problem` is what is wrong with the whole, `problems` with fields of the form."""
    if problem:
        values["error"] = problem.text(say.language)
    if problems:
        values["errors"] = sentences(problems, say.language)
    known = {
        "_": say,
        "lang": say.lang,
        "language": say.language,
        "languages": LANGUAGES,
        "frame": frame or Frame(),
        "path": path,
        "demo": settings().demo,
        "test_mode": is_test_mode(),
        "offline": False,
        "error": "",
        "errors": {},
        "done": "",
        "typed": [],
        "request_id": request_id(),
    }
    return HTMLResponse(templates.get_template(template).render(**(known | values)), status)


def to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303)


# ---------------------------------------------------------------- refusals


class PortalRoute(APIRoute):
    """Errors are shown as portal pages in the reader's language."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except SignedOut as out:
                return to(f"{HOME}?next={quote(out.path, safe='/')}" if request.method == "GET" else HOME)
            except Unavailable as away:
                return await unavailable(request, away)
            except ArbillError as refused:
                answer = await refusal(request, refused.status, refused)
                if isinstance(refused, Busy):
                    answer.headers["retry-after"] = str(refused.retry_after)
                return answer
            except HTTPException as refused:
                return await refusal(request, refused.status_code, NotFound(GONE))
            except RequestValidationError:
                return await refusal(request, 422, Invalid(Problem("form.too_long")))

        return handled


async def refusal(request: Request, status: int, refused: ArbillError) -> HTMLResponse:
    say, frame = await _around(request)
    return page("error.html", say, frame, status=status, said=say.problem(GONE if status == 404 else refused.problem))


async def unavailable(request: Request, away: Unavailable) -> HTMLResponse:
    """Nothing can be looked up at the moment. What was typed is kept, to be sent again with one press."""
    say = Words(language_of(request))
    typed = [] if isinstance(away, Unsure) else await _typed(request)
    return page(
        "error.html", say, status=away.status, said=say.problem(away.problem), typed=typed, path=request.url.path
    )


async def _typed(request: Request) -> list[tuple[str, str]]:
    """The fields of a form that was sent, without what is secret."""
    if request.method != "POST":
        return []
    form = await request.form()
    return [(name, text) for name, text in form.multi_items() if isinstance(text, str) and name not in SECRET]


async def _around(request: Request) -> tuple[Words, Frame | None]:
    """The frame of the seat that the address names, also for staff who look on; none for anybody else."""
    try:
        visit = await seated(request, request.url.path.removeprefix(f"{HOME}/").partition("/")[0])
        return await ask(visit.here.actor, _framed, visit)
    except (SignedOut, ArbillError):
        return Words(language_of(request)), None


def _framed(tx: Tx, visit: Visit) -> tuple[Words, Frame]:
    gate = Gate(tx, visit.here, visit.language)
    return gate.say, frame_of(gate, visit)
