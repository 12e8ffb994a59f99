"""How long the stages of a run take, measured where they are told anyway."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from graph.progress import Progress


@dataclass
class Stopwatch:
    """A reporter that passes all on to `progress`, and sums seconds by the phases of a night and by the stages of detection.

    A stage is called by its first word: `read FILE` and `store TABLE` would be as many names as there are files.
    """

    progress: Progress
    phases: dict[str, float] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    _stage: str = ""
    _since: float = 0.0

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage ends, the next begins."""
        self._close()
        self._stage, self._since = name.split(" ", 1)[0], time.monotonic()
        self.progress.stage(name, total)

    def advance(self, units: int = 1) -> None:
        """Passed on."""
        self.progress.advance(units)

    def note(self, message: str, **facts: object) -> None:
        """Passed on."""
        self.progress.note(message, **facts)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what the block takes, also when it fails."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._close()
            self.phases[name] = self.phases.get(name, 0.0) + time.monotonic() - began

    def _close(self) -> None:
        if self._stage:
            self.stages[self._stage] = self.stages.get(self._stage, 0.0) + time.monotonic() - self._since
            self._stage = ""
