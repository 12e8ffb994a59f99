"""users: who may sign in to the pages. Passwords are asked for, or read from standard input; never an argument."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.ledgers import OPERATOR, ledger_of
from app.cli.options import WORKSPACE, ClewVerbs
from app.roles import Role
from graph.errors import UsageError

if TYPE_CHECKING:
    from app.audit.chain import Writing

_ROLE = click.Choice([role.value for role in Role])
_NAME = click.argument("name")


@click.group("users", cls=ClewVerbs)
def users_command() -> None:
    """Add, list and change the people who may sign in to the pages."""


@users_command.command("add")
@WORKSPACE
@_NAME
@click.option("--role", type=_ROLE, default=Role.INVESTIGATOR.value, show_default=True, help="What the user may do.")
@click.option("--oidc", "subject", metavar="CLAIM", help="Signs in by the organisation's provider, which names the user so: no password.")
def add_command(workspace: Path, name: str, role: str, subject: str | None) -> None:
    """Add NAME; the password is asked for, or read from standard input."""
    from app.auth import users

    stored = None if subject else _hashed()
    with _writing(workspace) as writing:
        users.add(writing, name, Role(role), password=stored, subject=subject)
    click.echo(f"{name} is {role}, and may sign in")


@users_command.command("list")
@WORKSPACE
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text")
def list_command(workspace: Path, shape: str) -> None:
    """Show everyone, with role and how they sign in."""
    from app.auth import users

    with ledger_of(workspace).reading() as connection:
        found = users.listed(connection)
    if shape == "json":
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        click.echo(f"{one['name']:24} {one['role']:14} {one['signs_in']:10} {'disabled' if one['disabled'] else ''}".rstrip())
    click.echo(f"{len(found)} users")


@users_command.command("role")
@WORKSPACE
@_NAME
@click.argument("role", type=_ROLE)
def role_command(workspace: Path, name: str, role: str) -> None:
    """Give NAME another role; it holds with their next request."""
    from app.auth import users

    with _writing(workspace) as writing:
        users.set_role(writing, name, Role(role))
    click.echo(f"{name} is {role}")


@users_command.command("password")
@WORKSPACE
@_NAME
def password_command(workspace: Path, name: str) -> None:
    """Set another password, and sign NAME out everywhere."""
    from app.auth import users

    stored = _hashed()
    with _writing(workspace) as writing:
        users.set_password(writing, name, stored)
    click.echo(f"{name} has another password, and is signed out everywhere")


@users_command.command("disable")
@WORKSPACE
@_NAME
def disable_command(workspace: Path, name: str) -> None:
    """Bar NAME, and sign them out everywhere. Users are never deleted: what they did names them."""
    from app.auth import users

    with _writing(workspace) as writing:
        users.set_disabled(writing, name, True)
    click.echo(f"{name} may not sign in any more")


@users_command.command("enable")
@WORKSPACE
@_NAME
def enable_command(workspace: Path, name: str) -> None:
    """Let NAME in again."""
    from app.auth import users

    with _writing(workspace) as writing:
        users.set_disabled(writing, name, False)
    click.echo(f"{name} may sign in")


@contextmanager
def _writing(workspace: Path) -> Iterator[Writing]:
    with ledger_of(workspace).writing(OPERATOR) as writing:
        yield writing


def _hashed() -> str:
    """The hash of a password from the terminal, typed twice and hidden; else of the first line of standard input."""
    from app.auth.passwords import LEAST, Passwords

    return Passwords().hash(_password(LEAST))


def _password(least: int) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(f"Password (at least {least} characters)", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise UsageError("No password came on standard input. Write it as the first line, or run the command in a terminal.")
    return line


COMMANDS = (users_command,)
