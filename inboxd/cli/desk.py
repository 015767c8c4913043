"""`users` and `console`: who may open the desk, and the desk itself."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from inboxd.cli import showing
from inboxd.cli.keeping import actor

ROLES = ("viewer", "officer", "template-admin", "admin")
ROLE = click.option("--role", type=click.Choice(ROLES), required=True, help="What the person may do.")
STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, without asking.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True))


@click.group()
def users() -> None:
    """Accounts of the desk."""


@users.command()
@click.argument("name")
@ROLE
@click.option("--language", type=click.Choice(("en", "fr")), default="en", show_default=True)
@STDIN
@click.pass_obj
def add(config: Path, name: str, role: str, language: str, password_stdin: bool) -> None:
    """Make an account NAME and give it a password."""
    from inboxd import accounts, app
    from inboxd.roles import Role

    with app.open_records(config) as records:
        accounts.expect_free(records.database, name)
        accounts.add(
            records.database,
            datetime.now(UTC),
            name=name,
            password=_password(password_stdin),
            role=Role(role.replace("-", "_")),
            language=language,
            actor=actor(),
        )
    click.echo(f"{name} may open the desk as {role}")


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_users(config: Path, as_json: bool) -> None:
    """List the accounts, with who is locked and who was when last here."""
    from inboxd import app
    from inboxd.store import people

    with app.open_records(config) as records, records.database.reading() as tx:
        rows, zone = people.everybody(tx), records.zone
    if as_json:
        showing.as_json(rows)
        return
    columns = ("name", "role", "language", "state", "failures", "locked_until", "signed_in_at")
    showing.table("Accounts of the desk", columns, rows, zone)


@users.command("role")
@click.argument("name")
@ROLE
@click.pass_obj
def set_role(config: Path, name: str, role: str) -> None:
    """Give the account NAME another role."""
    from inboxd import accounts, app
    from inboxd.roles import Role

    with app.open_records(config) as records:
        accounts.set_role(records.database, datetime.now(UTC), name, Role(role.replace("-", "_")), actor())
    click.echo(f"{name} is {role} from the next sign-in on")


@users.command("password")
@click.argument("name")
@STDIN
@click.pass_obj
def set_password(config: Path, name: str, password_stdin: bool) -> None:
    """Give the account NAME a new password, and end its lock."""
    from inboxd import accounts, app

    with app.open_records(config) as records:
        accounts.set_password(records.database, datetime.now(UTC), name, _password(password_stdin), actor())
    click.echo(f"{name} has a new password and has to sign in again")


@users.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Take the account into use again.")
@click.pass_obj
def disable(config: Path, name: str, undo: bool) -> None:
    """Shut the account NAME out, at once. Accounts are never deleted: the journal names them."""
    from inboxd import accounts, app

    with app.open_records(config) as records:
        accounts.set_state(records.database, datetime.now(UTC), name, "active" if undo else "disabled", actor())
    click.echo(f"{name} may {'sign in again' if undo else 'not sign in any more'}")


@click.command()
@click.pass_obj
def console(config: Path) -> None:
    """Serve the desk until stopped, where [console] says: on loopback or a Unix socket, never on a network."""
    from inboxd import maillog
    from inboxd.console import serving

    maillog.start()
    serving.run(config)


COMMANDS = (users, console)
