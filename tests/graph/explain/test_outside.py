from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from app.cli.main import run_command
from graph import membership
from graph.explain import reasons
from graph.incidence import Bipartite
from graph.membership import Groups
from tests.graph.explain.conftest import Case, opened


def codes(case: Case, one: str, other: str) -> list[str]:
    return [reason.code for reason in case.explain(one, other).why_not]


def test_an_entity_says_of_an_outsider_what_membership_makes_it_say(case: Case, bipartite: Bipartite, held: pl.DataFrame) -> None:
    names = held.select("cluster", "cluster_id").unique()
    weighed = membership.evidence_outside(Groups(bipartite, held.select("cluster", "account")))
    named = (
        weighed.join(names, on="cluster")
        .join(bipartite.accounts.select("account", "account_id"), on="account")
        .join(bipartite.entities.select("entity", "entity_id"), on="entity")
        .filter(~pl.col("kind").is_in(bipartite.kinds.filter(pl.col("doubt") < 1)["kind"].implode()))
        .sort("cluster_id", "account_id", "entity_id")
    )
    pairs = named.select("cluster_id", "account_id").unique().sort("cluster_id", "account_id").gather_every(7).head(25)
    assert pairs.height >= 10
    for cluster, account in pairs.iter_rows():
        told = case.explain(account, cluster)
        ours = {term.entity_id: term.bits for term in told.terms}
        theirs = named.filter(pl.col("cluster_id") == cluster, pl.col("account_id") == account)
        for entity, bits in theirs.select(pl.col("entity_id").cast(pl.String), "bits").iter_rows():
            assert ours[entity] == pytest.approx(bits, abs=0.01), (cluster, account)


def test_a_stranger_touches_nothing_and_is_told_what_belonging_takes(case: Case) -> None:
    cluster, _, _ = case.holding("workgroup")
    active = case.frame("accounts").filter(pl.col("exchanges") > 0)["account_id"]
    asked = [account for account in case.outsiders("ordinary") if account in set(active)]
    told = next(t for account in asked if not (t := case.explain(account, cluster)).terms)
    assert not told.linked and told.total == 0 < told.needed
    assert [reason.code for reason in told.why_not] == ["no-cluster", "nothing-shared", "few-bits"]


def test_a_member_of_another_cluster_is_told_which(case: Case) -> None:
    cluster, _, _ = case.holding("workgroup")
    active = case.frame("accounts").filter(pl.col("exchanges") > 0).select("account_id")
    others = case.frame("members").filter(pl.col("cluster_id") != cluster).join(active, on="account_id", how="semi")
    other = others.sort("cluster_id", "account_id").row(0, named=True)
    (reason, *_) = case.explain(other["account_id"], cluster).why_not
    assert reason.code == "different-clusters"
    assert other["cluster_id"] in reason.sentence and f"{other['bits']:.3f}" in reason.sentence


def test_an_excluded_account_is_told_who_when_and_why(own: Case) -> None:
    cluster, _, (account, other, *_) = own.holding("card")
    before = own.explain(account, cluster)
    where = str(own.workspace.root)
    assert run_command(["decide", where, "exclude", account, "--from", cluster, "--by", "ana", "--reason", "a family"]) == 0
    assert own.explain(account, cluster).linked, "a decision holds from the next night on"
    assert run_command(["detect", where]) == 0
    after = opened(own.workspace.root, own.truth)
    told = after.explain(account, cluster)
    assert before.linked and not told.linked
    assert told.why_not[0].code == "decided"
    assert all(word in told.why_not[0].sentence for word in ("ana", "a family", "decision 1", cluster))
    assert codes(after, account, other)[0] == "decided", "however much the two share"
    assert run_command(["decide", where, "withdraw", "1", "--by", "bo", "--reason", "an error"]) == 0
    assert "decided" not in codes(after, account, cluster)


def test_who_is_kept_apart_from_members_is_told_so(own: Case) -> None:
    cluster, _, _ = own.holding("workgroup")
    account = own.outsiders("ordinary")[0]
    where = str(own.workspace.root)
    assert run_command(["decide", where, "cannot-link", account, "--from", cluster, "--by", "ana", "--reason", "seen in person"]) == 0
    (reason, *_) = own.explain(account, cluster).why_not
    assert reason.code == "decided" and "Made after this snapshot" in reason.sentence


def test_colleagues_in_the_cluster_are_told_to_count_once(case: Case) -> None:
    accounts = pl.LazyFrame({"account_id": ["a", "b", "c", "d"], "org_id": ["org-1", "org-1", None, "org-1"]})
    members = pl.LazyFrame({"account_id": ["b", "c", "d"], "cluster_id": ["CL-1", "CL-1", "CL-2"]})
    frames = {"accounts": accounts, "members": members}
    scene: Any = SimpleNamespace(snap=SimpleNamespace(frame=frames.get), facts={"a": {"org_id": "org-1"}, "c": {"org_id": None}})
    (reason,) = reasons.colleagues(scene, "a", "CL-1")
    assert reason.code == "same-organisation" and "1 of the accounts in CL-1" in reason.sentence
    assert reasons.colleagues(scene, "a", "CL-3") == reasons.colleagues(scene, "c", "CL-1") == ()


def test_the_inactive_are_told_to_be_so(case: Case) -> None:
    silent = case.frame("accounts").filter(pl.col("exchanges") == 0)["account_id"].sort()
    assert len(silent)
    assert "inactive" in codes(case, silent[0], case.holding("workgroup")[0])
