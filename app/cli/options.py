"""Options that every verb takes, and the types of arguments they share."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import click

WORKSPACE = click.argument("workspace", type=click.Path(path_type=Path))


def _common() -> list[click.Parameter]:
    return [
        click.Option(
            ["--log-format"],
            type=click.Choice(["auto", "text", "json"]),
            default="auto",
            help="How progress is told on standard error.",
            expose_value=False,
            callback=_remember,
        ),
        click.Option(["--debug"], is_flag=True, expose_value=False, help="Show a traceback when something fails."),
    ]


class ClewCommand(click.Command):
    """A verb that also takes --log-format and --debug."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _common()


class ClewGroup(click.Group):
    """A group whose verbs are ClewCommands."""

    command_class = ClewCommand


class ClewVerbs(ClewGroup):
    """A verb that has verbs of its own; --log-format and --debug may stand before or after them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _common()


def _remember(context: click.Context, _parameter: click.Parameter, value: str) -> None:
    context.meta["clew.log_format"] = value


def wants_json(arguments: list[str]) -> bool:
    """Whether `arguments` ask for JSON lines; for failures, which are told after the verb and its context are gone."""
    return "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments)


def log_format() -> str:
    """The --log-format of the running verb."""
    return str(click.get_current_context().meta.get("clew.log_format", "auto"))
