"""A record of every run in WORKSPACE/runs: what was asked, when, what came of it. The clock is read here.

The name of a record holds the beginning of its SHA-256, so that `clew doctor` sees a changed byte.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from graph.store import files
from graph.store.workspace import Workspace


def now() -> datetime:
    """The current instant, UTC."""
    return datetime.now(UTC)


@contextmanager
def recorded(workspace: Workspace, command: str, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Write a record when the block ends, its outcome `ok` or the error; the block may add facts to the yielded dict."""
    started = now()
    record: dict[str, Any] = {"command": command, "parameters": parameters, "clew": version("clew"), "started_at": started.isoformat()}
    try:
        yield record
        record["outcome"] = "ok"
    except BaseException as error:
        record["outcome"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        record["ended_at"] = now().isoformat()
        content = files.json_bytes(record)
        files.write_bytes(workspace.runs / f"{started:%Y%m%dT%H%M%S%fZ}-{files.seal(content)}-{command}.json", content)
