"""The newest snapshot, held in memory: read once per snapshot, looked up anew with every request."""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from graph.errors import ClewError
from graph.store import snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace


class NotFound(ClewError):
    """An id that the newest snapshot does not hold; the page says so in words."""


@dataclass(eq=False)
class Night:
    """One snapshot with its frames cached. `activity` alone stays on disk: it holds a row per account and hour."""

    snapshot: Snapshot

    def __post_init__(self) -> None:
        self._frames: dict[str, pl.DataFrame] = {}

    @property
    def manifest(self) -> dict[str, Any]:
        return self.snapshot.manifest

    @cached_property
    def clusters(self) -> list[dict[str, Any]]:
        """The clusters, best first."""
        return self.snapshot.clusters()

    @cached_property
    def positions(self) -> dict[str, int]:
        """cluster_id → place in `clusters`."""
        return {cluster["cluster_id"]: place for place, cluster in enumerate(self.clusters)}

    @property
    def population(self) -> int:
        """Accounts seen in the window: what rarity is measured against."""
        return self.frame("accounts").height

    def frame(self, name: str) -> pl.DataFrame:
        """A frame of the snapshot, read on first use."""
        if name not in self._frames:
            self._frames[name] = self.snapshot.frame(name).collect()
        return self._frames[name]

    def activity(self, accounts: pl.Series) -> pl.DataFrame:
        """Hours in which `accounts` were active: account_id, hour, exchanges."""
        wanted = pl.LazyFrame({"account_id": accounts.unique()})
        return self.snapshot.frame("activity").join(wanted, on="account_id", how="semi").collect()

    def cluster(self, cluster_id: str) -> dict[str, Any]:
        """One cluster by id. Raises NotFound."""
        place = self.positions.get(cluster_id)
        if place is None:
            raise NotFound(f"No cluster {cluster_id!r} in the newest snapshot. Clusters can merge or end; look in the queue.")
        return self.clusters[place]


class Nights:
    """Gives the newest Night. A new snapshot is seen with the next request, without a restart; safe between threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._lock = threading.Lock()
        self._night: Night | None = None

    def newest(self) -> Night:
        """The newest published night. Raises UsageError when there is none, StorageError when it is damaged."""
        found = snapshot.latest(self.workspace)
        with self._lock:
            if self._night is None or self._night.snapshot.snapshot_id != found.snapshot_id:
                self._night = Night(found)
            return self._night
