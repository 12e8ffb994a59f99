"""How long work tells that it is alive. The command line decides how it looks: a bar, a log line, JSON."""

from typing import Protocol


class Progress(Protocol):
    """Told by long work where it stands; never changes what the work does."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage begins; `total` units of work are expected, where that is known."""

    def advance(self, units: int = 1) -> None:
        """`units` of the current stage are done."""

    def note(self, message: str, **facts: object) -> None:
        """A fact worth a line: what was read, counted, skipped."""


class Silent:
    """For tests and callers who do not wait."""

    def stage(self, name: str, total: int | None = None) -> None: ...

    def advance(self, units: int = 1) -> None: ...

    def note(self, message: str, **facts: object) -> None: ...
