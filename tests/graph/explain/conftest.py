"""A small world's finished workspace, read by all tests of explanations; one that decides something takes a copy."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from graph import incidence
from graph.explain import Explanation, explain
from graph.incidence import Bipartite
from graph.night import open_night
from graph.progress import Silent
from graph.signals.registry import available
from graph.store import snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Case:
    """A workspace, its newest snapshot, and what is asked of them again and again."""

    workspace: Workspace
    snap: Snapshot
    truth: pl.DataFrame

    def explain(self, one: str, other: str) -> Explanation:
        return explain(self.workspace, self.snap, one, other)

    def frame(self, name: str) -> pl.DataFrame:
        return self.snap.frame(name).collect()

    def holding(self, kind: str) -> tuple[str, str, list[str]]:
        """A cluster, an entity of `kind` in it (its id), and the members that hold it."""
        links = self.frame("links").join(self.frame("entities").filter(pl.col("kind") == kind).select("entity_id"), on="entity_id")
        groups = links.group_by("cluster_id", "entity_id").agg(pl.col("account_id").sort(), n=pl.len())
        row = groups.sort(["n", "cluster_id", "entity_id"], descending=[True, False, False]).row(0, named=True)
        return row["cluster_id"], str(row["entity_id"]), row["account_id"]

    def outsiders(self, kind: str) -> list[str]:
        """Accounts of one kind of the world's truth that stand in no cluster."""
        inside = self.frame("members")["account_id"].implode()
        return self.truth.filter(pl.col("kind") == kind, ~pl.col("account_id").is_in(inside))["account_id"].sort().to_list()


@pytest.fixture(scope="session")
def case(small_case: Path, small_world: Path) -> Case:
    return opened(small_case, pl.read_parquet(small_world / "truth.parquet"))


def opened(root: Path, truth: pl.DataFrame) -> Case:
    workspace = open_workspace(root)
    return Case(workspace, snapshot.latest(workspace), truth)


@pytest.fixture
def own(case: Case, tmp_path: Path) -> Case:
    """A copy to decide in."""
    return opened(Path(shutil.copytree(case.workspace.root, tmp_path / "own")), case.truth)


@pytest.fixture(scope="session")
def bipartite(case: Case) -> Bipartite:
    """What detection saw of the same night."""
    night = open_night(case.workspace, None, 60)
    return incidence.build(night, available(night), Silent())


@pytest.fixture(scope="session")
def held(case: Case, bipartite: Bipartite) -> pl.DataFrame:
    """The published clusters as detection holds them: cluster (number), account, with cluster_id and account_id.

    Campaigns within a pool are told by their pool's evidence, and stand aside.
    """
    inside = case.frame("campaigns")["cluster_id"].unique()
    names = case.frame("members").select("cluster_id").unique().filter(~pl.col("cluster_id").is_in(inside.implode()))
    names = names.sort("cluster_id").with_row_index("cluster")
    members = case.frame("members").select("cluster_id", "account_id").join(names, on="cluster_id")
    numbered = members.join(bipartite.accounts.select("account", "account_id"), on="account_id")
    return numbered.select(pl.col("cluster").cast(pl.Int32), "account", "cluster_id", "account_id").sort("cluster", "account")
