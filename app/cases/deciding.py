"""Decisions on a case. What holds is written by graph.deciding into the workspace's decisions.jsonl, as `clew decide` does.

One person may take all but `confirmed`, which another must approve. A row is marked `writing` before the file is written, and `made`
after it: whoever finds `writing` looks into the file whether a crash came before or after (`settle`).
"""

import json
import time
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.audit.chain import Ledger, canonical
from app.cases import cases
from app.cases.words import checked
from app.database.tables import decisions
from app.roles import Actor, Permission
from graph.deciding import draft
from graph.errors import UsageError, WorkspaceBusy
from graph.store import decisions as book
from graph.store import snapshot
from graph.store.decisions import Decision, Kind
from graph.store.workspace import Workspace

MOST_REASON = 900  # characters; reason, counter-evidence and both names stand in one decision of at most 2,000
_TRIES, _BETWEEN_SECONDS = 20, 0.1

CHOICES: dict[str, str] = {
    Kind.CONFIRMED: "Confirm the suspicion (a second person approves)",
    Kind.CLEARED: "Clear the cluster",
    Kind.EXCLUDE: "Exclude accounts from the cluster",
    Kind.MUST_LINK: "Merge: these belong together",
    Kind.CANNOT_LINK: "Split: these do not belong together",
}


def decide(
    ledger: Ledger, workspace: Workspace, actor: Actor, case_id: int, kind: str, named: tuple[str, ...], reason: str, counter: str = ""
) -> int:
    """Decide about the case's cluster, or propose it where it takes two; returns the id of the row. Raises UsageError, NoCase.

    `named`: accounts (or clusters) that are excluded, merged with the cluster, or split off it. `counter`: evidence against that was
    considered; a confirmation must state it.
    """
    actor.must(Permission.WORK)
    if kind not in CHOICES:
        raise UsageError(f"{kind!r}: is no decision. One of {', '.join(CHOICES)}.")
    said = checked(reason, "The reason", MOST_REASON)
    against = checked(counter, "The counter-evidence considered", MOST_REASON) if counter.strip() or kind == Kind.CONFIRMED else ""
    with ledger.writing(actor) as writing:
        cluster_id = cases.read(writing.connection, case_id)["cluster_id"]
        targets, apart = _meant(workspace, Kind(kind), cluster_id, named)
        _draft(workspace, Decision(Kind(kind), actor.name, said, writing.at), targets, apart)  # refuses now what could not be stored
        row = {
            "case_id": case_id,
            "kind": kind,
            "targets": canonical(targets),
            "apart": canonical(apart),
            "reason": said,
            "counter": against,
            "state": "proposed",
            "proposed_by": actor.name,
            "proposed_at": writing.at,
        }
        made = int(writing.connection.execute(insert(decisions).values(row).returning(decisions.c.id)).scalar_one())
        writing.log("decision proposed", case_id, decision=made, kind=kind, targets=targets, apart=apart, reason=said, counter=against)
    if kind != Kind.CONFIRMED:
        _store(ledger, workspace, actor, made)
    return made


def approve(ledger: Ledger, workspace: Workspace, actor: Actor, case_id: int, decision_id: int) -> None:
    """Approve a colleague's proposal on a case; it is stored, and holds from the next night on. Raises UsageError, NotAllowed."""
    actor.must(Permission.APPROVE)
    settle(ledger, workspace, actor)
    with ledger.reading() as connection:
        row = _proposed(connection, decision_id, case_id)
    if row["proposed_by"] == actor.name:
        raise UsageError(f"You proposed decision {decision_id} yourself. Another approver must look at the evidence, and approve it.")
    _store(ledger, workspace, actor, decision_id)


def refuse(ledger: Ledger, actor: Actor, case_id: int, decision_id: int, reason: str) -> None:
    """Turn a proposal on a case down, or take one's own back. Raises UsageError, NotAllowed."""
    with ledger.writing(actor) as writing:
        row = _proposed(writing.connection, decision_id, case_id)
        actor.must(Permission.WORK if row["proposed_by"] == actor.name else Permission.APPROVE)
        said = checked(reason, "The reason", MOST_REASON)
        ended = {"state": "refused", "decided_by": actor.name, "decided_at": writing.at}
        writing.connection.execute(update(decisions).where(decisions.c.id == decision_id).values(ended))
        writing.log("decision refused", row["case_id"], decision=decision_id, reason=said)


def undo(ledger: Ledger, workspace: Workspace, actor: Actor, case_id: int, number: int, reason: str) -> None:
    """Withdraw decision `number` of decisions.jsonl: it holds no longer from the next night on. Raises UsageError, NoCase."""
    actor.must(Permission.WORK)
    said = checked(reason, "The reason", MOST_REASON)
    with ledger.writing(actor) as writing:
        cases.read(writing.connection, case_id)
        _draft(workspace, Decision(Kind.WITHDRAW, actor.name, said, writing.at), (str(number),), ())
        row = {
            "case_id": case_id,
            "kind": Kind.WITHDRAW.value,
            "targets": canonical([str(number)]),
            "apart": "[]",
            "reason": said,
            "counter": "",
            "state": "proposed",
            "proposed_by": actor.name,
            "proposed_at": writing.at,
        }
        made = int(writing.connection.execute(insert(decisions).values(row).returning(decisions.c.id)).scalar_one())
    _store(ledger, workspace, actor, made)


def settle(ledger: Ledger, workspace: Workspace, actor: Actor) -> None:
    """Finish what a crash or an error left between file and database: what the file holds is `made`, the rest must be said again."""
    with ledger.reading() as connection:
        left = connection.execute(select(decisions.c.id).where(decisions.c.state == "writing")).scalars().all()
    if not left:
        return
    with ledger.writing(actor) as writing:
        stored = book.read(workspace)
        query = select(decisions).where(decisions.c.state == "writing").order_by(decisions.c.id)
        for row in writing.connection.execute(query).mappings().all():
            said = _said(dict(row))
            found = next((one for one in stored if (one.time, one.by, one.reason, one.kind) == said), None)
            waits = "proposed" if row["kind"] == Kind.CONFIRMED else "refused"
            _mark(writing.connection, row["id"], "made" if found else waits, found.number if found else None)
            facts = {"decision": row["id"], "number": found.number if found else None}
            writing.log("decision made" if found else "decision not stored", row["case_id"], **facts)


def of_case(connection: Connection, workspace: Workspace, case_id: int) -> list[dict[str, Any]]:
    """Decisions and proposals on a case, newest first, with `standing`: proposed, refused, in force, undone.

    Those that `clew decide` stored about the case's cluster are among them, with `id` None.
    """
    stored = book.read(workspace)
    holding = {one.number for one in book.in_force(stored)}
    query = select(decisions).where(decisions.c.case_id == case_id).order_by(decisions.c.id.desc())
    rows = [_shown(dict(row), holding) for row in connection.execute(query).mappings() if row["kind"] != Kind.WITHDRAW]
    known = {row["number"] for row in rows}
    cluster_id = cases.read(connection, case_id)["cluster_id"]
    elsewhere = [one for one in stored if one.cluster_id == cluster_id and one.number not in known]
    return rows + [_from_book(one, holding) for one in reversed(elsewhere)]


def excluded(workspace: Workspace, cluster_id: str) -> frozenset[str]:
    """Accounts that decisions in force take out of a cluster, whether a night has heeded them or not."""
    holding = book.in_force(book.read(workspace))
    return frozenset().union(*(one.accounts for one in holding if one.kind is Kind.EXCLUDE and one.cluster_id == cluster_id))


def _store(ledger: Ledger, workspace: Workspace, actor: Actor, decision_id: int) -> None:
    """Write a proposal into decisions.jsonl. Of two who try at once, one does."""
    with ledger.writing(actor) as writing:
        _row(writing.connection, decision_id, "proposed")
        begun = {"state": "writing", "decided_by": actor.name, "decided_at": writing.at}
        writing.connection.execute(update(decisions).where(decisions.c.id == decision_id).values(begun))
    try:
        with ledger.writing(actor) as writing:  # holds the database's writer lock while it writes the file
            row = _row(writing.connection, decision_id, "writing")
            number = _append(workspace, row)
            _mark(writing.connection, decision_id, "made", number)
            withdrawn = {"withdraws": json.loads(row["targets"])[0]} if row["kind"] == Kind.WITHDRAW else {}
            facts = {"decision": decision_id, "kind": row["kind"], "number": number, "reason": row["reason"], **withdrawn}
            writing.log("decision made", row["case_id"], **facts)
    except BaseException:
        settle(ledger, workspace, actor)
        raise


def _append(workspace: Workspace, row: dict[str, Any]) -> int:
    at, by, reason, kind = _said(row)
    drafted = _draft(workspace, Decision(kind, by, reason, at), tuple(json.loads(row["targets"])), tuple(json.loads(row["apart"])))
    for left in reversed(range(_TRIES)):
        try:
            return book.append(workspace, drafted).number
        except WorkspaceBusy:
            if not left:
                raise
            time.sleep(_BETWEEN_SECONDS)
    raise AssertionError("unreachable")


def _said(row: dict[str, Any]) -> tuple[str, str, str, Kind]:
    """Time, names, reason and kind as they stand in decisions.jsonl."""
    alone = row["proposed_by"] == row["decided_by"]
    by = row["proposed_by"] if alone else f"{row['proposed_by']}, approved by {row['decided_by']}"
    reason = f"{row['reason']} Counter-evidence considered: {row['counter']}" if row["counter"] else row["reason"]
    return row["decided_at"], by, reason, Kind(row["kind"])


def _draft(workspace: Workspace, said: Decision, targets: tuple[str, ...], apart: tuple[str, ...]) -> Decision:
    return draft(snapshot.latest(workspace), book.read(workspace), said, targets, apart)


def _meant(workspace: Workspace, kind: Kind, cluster_id: str, named: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What `clew decide` would be given: targets, and whom they are kept apart from."""
    chosen = tuple(dict.fromkeys(name for name in named if name))
    if kind in (Kind.CONFIRMED, Kind.CLEARED):
        return (cluster_id,), ()
    if not chosen:
        raise UsageError(f"{CHOICES[kind]}: names nobody. Write accounts, or clusters, one a line.")
    if kind is Kind.EXCLUDE:
        return chosen, (cluster_id,)
    if kind is Kind.MUST_LINK:
        return (cluster_id, *(name for name in chosen if name != cluster_id)), ()
    return chosen, _rest(workspace, cluster_id, set(chosen))


def _rest(workspace: Workspace, cluster_id: str, without: set[str]) -> tuple[str, ...]:
    members = snapshot.latest(workspace).frame("members").collect()
    return tuple(sorted(set(members.filter(members["cluster_id"] == cluster_id)["account_id"]) - without))


def _proposed(connection: Connection, decision_id: int, case_id: int) -> dict[str, Any]:
    row = _row(connection, decision_id, "proposed")
    if row["case_id"] != case_id:
        raise UsageError(f"Decision {decision_id} is not one of case {case_id}. Reload the page.")
    return row


def _row(connection: Connection, decision_id: int, state: str) -> dict[str, Any]:
    row = connection.execute(select(decisions).where(decisions.c.id == decision_id)).mappings().one_or_none()
    if row is None or row["state"] != state:
        raise UsageError(f"Decision {decision_id} does not wait for that any more. Reload the page to see where it stands.")
    return dict(row)


def _mark(connection: Connection, decision_id: int, state: str, number: int | None) -> None:
    connection.execute(update(decisions).where(decisions.c.id == decision_id).values(state=state, number=number))


def _shown(row: dict[str, Any], holding: set[int]) -> dict[str, Any]:
    standing = {"writing": "proposed", "made": "in force" if row["number"] in holding else "undone"}.get(row["state"], row["state"])
    return {**row, "targets": json.loads(row["targets"]), "apart": json.loads(row["apart"]), "standing": standing}


def _from_book(one: Decision, holding: set[int]) -> dict[str, Any]:
    return {
        "id": None,
        "kind": one.kind.value,
        "targets": list(one.accounts) if one.kind is Kind.EXCLUDE else [one.cluster_id],
        "apart": [],
        "reason": one.reason,
        "counter": "",
        "proposed_by": one.by,
        "proposed_at": one.time,
        "decided_by": one.by,
        "decided_at": one.time,
        "number": one.number,
        "standing": "in force" if one.number in holding else "undone",
    }
