"""Options that every verb takes, and the types of arguments they share."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
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


class Verbs(MutableMapping[str, click.Command]):
    """The verbs by name, each imported when it is asked for: one must not wait for what the others need.

    `modules`: verb → the module whose COMMANDS hold it.
    """

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = dict(modules)
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            self._loaded |= {str(command.name): command for command in import_module(self._modules[name]).COMMANDS}
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._modules[name], self._loaded[name] = command.callback.__module__ if command.callback else "", command

    def __delitem__(self, name: str) -> None:
        del self._modules[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


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
