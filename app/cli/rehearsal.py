"""A night that changes nothing: it runs in a scratch copy whose files are links to the real ones.

Stored files never change once written, so that a link does for each: what the rehearsal writes or deletes, it writes and deletes in the
scratch folder, which goes when it ends.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.store.files import storage_errors
from graph.store.workspace import Workspace

_NOT_NEEDED = ("runs", "exports", "quarantine", ".staging", "outbox")


@contextmanager
def rehearsed(space: Workspace) -> Iterator[Workspace]:
    """A scratch copy of `space`, private to its owner. Raises StorageError."""
    with tempfile.TemporaryDirectory(prefix="clew-rehearsal-") as folder, storage_errors(Path(folder)):
        copy = Path(folder) / "workspace"
        _link(space.root.resolve(), copy)
        yield Workspace(copy)


def _link(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.name in _NOT_NEEDED or path.name.startswith((".lock", "app.sqlite3")):
            continue
        if path.is_dir():
            _link(path, target / path.name)
        else:
            (target / path.name).symlink_to(path)
