"""What the snapshot knows beyond links reaches the claims, and none of it gets past redaction."""

import io
from dataclasses import replace

import polars as pl
import pytest

from graph.bundle import claims, standing
from graph.bundle.dossier import gather
from graph.bundle.export import EXPORTERS
from graph.bundle.limits import limitations
from graph.bundle.redact import redact
from graph.bundle.redaction import Redaction
from tests.factory import START, a_snapshot, a_workspace
from tests.graph.bundle.bundles import CLUSTER

ACCOUNT, PERSON, WORDS = "acct-1-00001", "Quentin Finchbird", "the neighbour of zora told it"
MADE = {
    **{"number": 4, "time": "2026-08-10T10:00:00+00:00", "by": PERSON, "reason": WORDS, "cluster_id": CLUSTER, "snapshot": None},
    **{"withdraws": None, "previous": "ab" * 32, "kind": "confirmed", "accounts": 8, "in_force": True},
}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A workspace and a dossier with every fact that a later snapshot adds."""
    workspace = a_workspace(tmp_path_factory.mktemp("standing"))
    dossier = gather(workspace, a_snapshot(workspace, clusters=2, accounts=8), CLUSTER)
    cluster = {**dossier.cluster, "parent_id": "CL-00000A", "stability": 0.4, "decided": "confirmed"}
    line = {"state": "alive", "change": "grew", "others": "", "names": CLUSTER, "first_night": START, "last_night": START, "accounts": 8}
    asked = {"share": 0.5, "population_share": 0.01, "lift": 50.0, "p_value": 1e-9, "q_value": 1e-8, "accounts": 3, "prompts": 40}
    return workspace, replace(
        dossier,
        cluster={**cluster, "weakest_ties": [ACCOUNT], "bridges": [ACCOUNT]},
        campaigns=pl.DataFrame({"account_id": [ACCOUNT], "sent": [9], "expected": [1.5], "bits": [7.0]}),
        capabilities=pl.DataFrame([{"capability": "write_code", **asked, "since": START.date(), "concentration": 0.1}]),
        lines=pl.DataFrame([line]),
        decisions=(MADE,),
    )


def said(dossier, status):
    return " ".join(claim["statement"] for claim in claims.claims(dossier) if claim["status"] == status)


def test_the_new_facts_are_claimed_with_their_standing(known):
    dossier = known[1]
    inferred = said(dossier, "inferred")
    for words in ("likeness of 0.40", "within the pool CL-00000A", "since the window before it grew", "Of everyone else's 1.0%"):
        assert words in inferred
    assert "Of 40 sampled prompts of members 50.0% match the rule “write code”" in said(dossier, "observed")
    assert f"{PERSON} confirmed this cluster of 8 accounts" in said(dossier, "confirmed")
    assert any("border of the cluster depends" in against for against in claims.counter_evidence(dossier))


VERDICTS = [("confirmed", True, "confirmed"), ("cleared", True, "refuted"), ("confirmed", False, None), ("exclude", True, None)]


@pytest.mark.parametrize(("kind", "in_force", "status"), VERDICTS)
def test_only_a_verdict_in_force_confirms_or_refutes(known, kind, in_force, status):
    dossier = replace(known[1], decisions=({**MADE, "kind": kind, "in_force": in_force},))
    assert [claim["status"] for claim in standing.decided(dossier)] == ([status] if status else [])


def test_limits_follow_the_verdict(known):
    assert "A named person's decision stands: confirmed" in " ".join(limitations(known[1]))
    undecided = replace(known[1], cluster={**known[1].cluster, "decided": None})
    assert "Nothing here is confirmed" in " ".join(limitations(undecided))


def everything(dossier):
    for exporter in EXPORTERS:
        for path, chunks in exporter(dossier):
            content = b"".join(chunks)
            yield path, pl.read_parquet(io.BytesIO(content)).write_csv().encode() if path.endswith(".parquet") else content


def test_all_of_it_can_be_seen_in_full(known):
    whole = b"".join(content for _, content in everything(redact(known[1], Redaction.FULL, known[0])))
    assert all(value.encode() in whole for value in (ACCOUNT, PERSON, WORDS))


@pytest.mark.parametrize("level", [Redaction.PSEUDONYMOUS, Redaction.PUBLIC])
def test_none_of_it_gets_past_redaction(known, level):
    shown = redact(known[1], level, known[0], "ana" if level is Redaction.PSEUDONYMOUS else None)
    hidden = [value.encode() for value in (ACCOUNT, PERSON, WORDS, "ab" * 32)]
    assert not [(path, value) for path, content in everything(shown) for value in hidden if value in content]
    assert "confirmed this cluster" in said(shown, "confirmed")


def test_public_capabilities_do_not_count_few(known):
    assert redact(known[1], Redaction.PUBLIC, known[0]).capabilities["accounts"].to_list() == [None]
