import polars as pl

from app.queries import decided
from app.queries.night import Nights
from graph.store import decisions
from graph.store.decisions import Decision, Kind
from graph.store.snapshot import FRAMES
from graph.store.workspace import Workspace
from tests.app.queries.test_tonight import a_line


def test_decisions_about_the_line_and_its_members_newest_first(workspace: Workspace) -> None:
    def said(kind: Kind, **about: object) -> None:
        decisions.append(workspace, Decision(kind, "ana", "because", "2026-08-20T10:00:00+00:00", **about))  # type: ignore[arg-type]

    said(Kind.CONFIRMED, cluster_id="CL-OLD")
    said(Kind.CLEARED, cluster_id="CL-000001")
    said(Kind.EXCLUDE, accounts=("acct-0-00001",), cluster_id="CL-000000")
    said(Kind.CANNOT_LINK, accounts=("x1", "x2", "x3"), others=("acct-0-00002",))
    said(Kind.WITHDRAW, withdraws=3)
    night = Nights(workspace).newest()
    row = a_line("CL-000000", "alive", "merged", ["CL-OLD"]) | {"names": ["CL-000000", "CL-OLD"]}
    night._frames["lines"] = pl.DataFrame([row], schema=FRAMES["lines"], orient="row")
    night.manifest["decisions"] = {"stored": 1}
    rows = decided.of_cluster(workspace, night, "CL-000000")
    assert [(row["number"], row["what"], row["about"], row["heeded"]) for row in rows] == [
        (4, "cannot-link", "x1, x2, x3 and 1 more", False), (1, "confirmed", "CL-OLD", True),
    ]  # fmt: skip
    assert decided.of_cluster(workspace, night, "CL-000002") == []
