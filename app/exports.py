"""Evidence bundles on demand: one background job at a time, one file per night, cluster and redaction."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from graph.errors import ClewError
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

REDACTIONS: dict[str, str] = {
    "pseudonymous": "Pseudonymous",
    "full": "Full",
    "public": "Public",
}

log = logging.getLogger("clew.app")


class Export(Protocol):
    """Writes the bundle of a cluster to `out`; graph.bundle does it in the app, tests pass their own."""

    def __call__(self, workspace: Workspace, snap: Snapshot, cluster_id: str, out: Path, *, redaction: str) -> Path: ...


class Exports:
    """Bundles being made and made. Safe between threads; a finished file is found again after a restart."""

    def __init__(self, workspace: Workspace, export: Export) -> None:
        self._workspace = workspace
        self._export = export
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="export")
        self._jobs: dict[Path, Future[Path]] = {}

    def path(self, snap: Snapshot, cluster_id: str, redaction: str) -> Path:
        """Where a bundle lies once it is made. The ids must have been checked."""
        return self._workspace.exports / f"{snap.snapshot_id}-{cluster_id}-{redaction}.zip"

    def state(self, snap: Snapshot, cluster_id: str, redaction: str) -> dict[str, Any]:
        """Begin the job where there is none, and say where it stands: {state: working | ready | failed, message}."""
        target = self.path(snap, cluster_id, redaction)
        if target.is_file():
            return {"state": "ready", "message": ""}
        with self._lock:
            job = self._jobs.get(target)
            if job is None:
                job = self._jobs[target] = self._pool.submit(self._make, snap, cluster_id, redaction, target)
        if not job.done():
            return {"state": "working", "message": "Preparing the evidence bundle."}
        return self._ended(target, job)

    def wait(self, snap: Snapshot, cluster_id: str, redaction: str, seconds: float) -> dict[str, Any]:
        """Like `state`, but give the job up to `seconds` to end."""
        now = self.state(snap, cluster_id, redaction)
        job = self._jobs.get(self.path(snap, cluster_id, redaction))
        if now["state"] != "working" or job is None:
            return now
        try:
            job.exception(timeout=seconds)
        except TimeoutError:
            return now
        return self.state(snap, cluster_id, redaction)

    def _make(self, snap: Snapshot, cluster_id: str, redaction: str, target: Path) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        holding = target.with_name(f".{target.name}.tmp")
        try:
            self._export(self._workspace, snap, cluster_id, holding, redaction=redaction)
            return holding.replace(target)  # a reader sees a whole bundle or none
        finally:
            holding.unlink(missing_ok=True)

    def _ended(self, target: Path, job: Future[Path]) -> dict[str, Any]:
        with self._lock:
            self._jobs.pop(target, None)  # the next click tries again
        error = job.exception()
        if error is None:
            return {"state": "ready", "message": ""}
        log.error("export %s failed", target.name, exc_info=error)
        message = str(error) if isinstance(error, ClewError) else "The bundle could not be made; the server's log says why."
        return {"state": "failed", "message": message}
