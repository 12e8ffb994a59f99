"""How a run speaks: a bar on a terminal, plain log lines otherwise, JSON lines for machines. Results go to standard output."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from graph.progress import Progress as Reporter
from graph.text import visible


class LineReporter:
    """One line per stage and fact on standard error; JSON objects where asked for."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._started = time.monotonic()

    def stage(self, name: str, total: int | None = None) -> None:
        """Announce a stage."""
        self._write("stage", name, {"total": total} if total is not None else {})

    def advance(self, units: int = 1) -> None:
        """Units are too many for lines; stages say enough."""

    def note(self, message: str, **facts: object) -> None:
        """Write a fact."""
        self._write("note", message, facts)

    def fail(self, message: str, exit_code: int) -> None:
        """Write what ended the run."""
        self._write("error", message, {"exit_code": exit_code})

    def _write(self, event: str, message: str, facts: dict[str, object]) -> None:
        if self.as_json:
            record = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, "message": message, **facts}
            click.echo(json.dumps(record, default=str), err=True)
        else:
            told = "".join(f" {key}={visible(str(value))}" for key, value in facts.items())
            click.echo(f"[{time.monotonic() - self._started:7.1f} s] {visible(message)}{told}", err=True)


class BarReporter:
    """A live bar per stage; facts are printed above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Finish the bar before, begin the next."""
        if self._task is not None:
            self._progress.update(self._task, total=1, completed=1, visible=False)
        self._task = self._progress.add_task(name, total=total)

    def advance(self, units: int = 1) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, units)

    def note(self, message: str, **facts: object) -> None:
        """Print a fact above the bar."""
        told = "".join(f" {key}={visible(str(value))}" for key, value in facts.items())
        self._progress.console.print(visible(message) + told, markup=False, highlight=False)


@contextmanager
def reporter(log_format: str) -> Iterator[Reporter]:
    """The reporter that fits: `auto` shows bars on a terminal, lines otherwise; `text` and `json` are always lines."""
    if log_format == "json" or log_format == "text" or not sys.stderr.isatty():
        yield LineReporter(log_format == "json")
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield BarReporter(progress)
