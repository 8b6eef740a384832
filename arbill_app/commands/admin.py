"""`arbill admin …`: for a person who cannot get in."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Help somebody in: join links, two-factor, locked sign-ins.")
Email = Annotated[str, typer.Argument(help="The email address they sign in with.")]


@app.command("list-staff")
def list_staff(partner: Annotated[str, typer.Option(help="Part of the company's name.")] = "") -> None:
    """Who works for which company, with which role."""
    from arbill_app.partners import operator

    for row in operator.list_staff(partner):
        factor = ", two-factor" if row.two_factor else ""
        typer.echo(f"{row.partner}: {row.name} <{row.email}>, {row.role.replace('_', '-')}, {row.state}{factor}")


@app.command("new-join-link")
def new_join_link(
    email: Email, partner: Annotated[str, typer.Option(help="Part of the company's name, when several invited.")] = ""
) -> None:
    """A fresh link to join or to choose a new password; older links end."""
    from arbill_app.partners import operator

    typer.echo(operator.join_link(email, partner))


@app.command("reset-two-factor")
def reset_two_factor(email: Email) -> None:
    """Turn two-factor off for somebody who lost it, and sign them out everywhere."""
    from arbill_app.partners import operator

    typer.echo(f"Two-factor is off for {operator.reset_two_factor(email)}, and every browser was signed out.")


@app.command()
def unlock(email: Email) -> None:
    """Forget failed tries to sign in with this address."""
    from arbill_app.partners import operator

    typer.echo(f"{operator.unlock(email)} failed tries forgotten: {email} can try again now.")


def create_partner(
    company: Annotated[str, typer.Option(prompt="Company name")],
    name: Annotated[str, typer.Option(prompt="Owner's name")],
    email: Annotated[str, typer.Option(prompt="Owner's email")],
    password: Annotated[str, typer.Option(help="Without it, a link is printed to choose one.")] = "",
) -> None:
    """Found a company that invoices, and its first owner. Asked again for the same, it says what there is."""
    from arbill_app.kernel.settings import settings
    from arbill_app.migrate import bring_up_to_date
    from arbill_app.partners import operator
    from arbill_app.partners.commands import found_partner

    bring_up_to_date()
    known = operator.staff_at(company, email)
    if known is None:
        _partner, token = found_partner(company, name, email, password)
        invited = f"{name} chooses a password at {settings().origin}/join?token={token}"
        typer.echo(f"{company} is ready. {invited if token else f'{email} can sign in.'}")
    elif known.state == "invited":
        link = operator.join_link(email, company)
        typer.echo(f"{known.partner} is there already. {known.name} chooses a password at {link}")
    else:
        typer.echo(f"{known.partner} is there already, and {known.email} can sign in. Nothing was changed.")
        typer.echo("For a new password: arbill admin new-join-link " + known.email)
