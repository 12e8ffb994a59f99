"""decide: what a person says about clusters and accounts; every later night heeds it."""

from dataclasses import asdict, replace
from pathlib import Path

import click

from app.cli.ledgers import OPERATOR, ledger_of
from app.cli.options import WORKSPACE, ClewCommand
from app.cli.records import now, recorded
from graph.deciding import SAYS, draft
from graph.errors import UsageError
from graph.store import decisions, files, snapshot
from graph.store.decisions import Decision, Kind
from graph.store.workspace import Workspace, open_workspace
from graph.text import visible

_SHOWN_ACCOUNTS = 5


@click.command("decide", cls=ClewCommand)
@WORKSPACE
@click.argument("kind", required=False, type=click.Choice([kind.value for kind in Kind]))
@click.argument("targets", nargs=-1)
@click.option("--from", "apart", multiple=True, metavar="ACCOUNT|CLUSTER", help="Whom TARGETS are kept apart from; may be given again.")
@click.option("--by", default="", metavar="NAME", help="Who decides.")
@click.option("--approved-by", default="", metavar="NAME", help="The second person, whom `confirmed` needs.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is shown with the cluster.")
@click.option("--list", "listing", is_flag=True, help="Show every decision so far.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="Of --list.")
def decide_command(
    workspace: Path,
    kind: str | None,
    targets: tuple[str, ...],
    apart: tuple[str, ...],
    by: str,
    approved_by: str,
    reason: str,
    listing: bool,
    shape: str,
) -> None:
    """Decide about accounts and clusters, for every later night."""
    space = open_workspace(workspace)
    if listing == bool(kind):
        raise UsageError(f"decide: say what, or --list what was decided. One of: {'; '.join(SAYS.values())}.")
    if kind:
        said = Decision(Kind(kind), by, reason, now().isoformat(timespec="seconds"))
        _store(space, said, approved_by.strip(), targets, apart)
    else:
        click.echo(_listed(decisions.read(space), shape), nl=False)


def _store(space: Workspace, said: Decision, approved_by: str, targets: tuple[str, ...], apart: tuple[str, ...]) -> None:
    asked = {"kind": said.kind, "targets": list(targets), "from": list(apart), "by": said.by, "approved_by": approved_by}
    with recorded(space, "decide", asked) as record:
        drafted = _approved(draft(snapshot.latest(space), decisions.read(space), said, targets, apart), approved_by)
        ledger = ledger_of(space.root)
        facts = {"cluster": drafted.cluster_id, "accounts": len(drafted.accounts), "withdraws": drafted.withdraws, "by": drafted.by}
        with ledger.writing(OPERATOR) as writing:  # before it holds: a kill between file and log must leave no decision without a row
            writing.log("decision begun", None, kind=drafted.kind, reason=drafted.reason, **facts)
        stored = decisions.append(space, drafted)
        with ledger.writing(OPERATOR) as writing:
            writing.log("decision made", None, kind=stored.kind, number=stored.number, reason=stored.reason, **facts)
        record["number"] = stored.number
    click.echo(f"decision {stored.number} is stored; it holds from the next `clew detect` on")


def _approved(drafted: Decision, approved_by: str) -> Decision:
    """With both names, where it takes two. Raises UsageError where the second is missing, or the first again."""
    if drafted.kind is not Kind.CONFIRMED:
        return drafted
    if not approved_by or approved_by.casefold() == drafted.by.strip().casefold():
        raise UsageError("confirmed: takes two people. Name the second, who has looked at the evidence too, with --approved-by NAME.")
    return replace(drafted, by=f"{drafted.by}, approved by {approved_by}")


def _listed(book: tuple[Decision, ...], shape: str) -> str:
    holding = {decision.number for decision in decisions.in_force(book)}
    if shape == "json":
        return files.json_bytes([{**asdict(decision), "in_force": decision.number in holding} for decision in book]).decode()
    lines = [_line(decision, decision.number in holding) for decision in book]
    return "".join(f"{visible(line)}\n" for line in [*lines, f"{len(book)} decisions, {len(holding)} in force"])


def _line(decision: Decision, holds: bool) -> str:
    on_cluster = (decision.cluster_id,) if decision.cluster_id else ()
    verdict = decision.kind in (Kind.CONFIRMED, Kind.CLEARED)
    about = on_cluster if verdict else decision.accounts or (f"decision {decision.withdraws}",)
    kept_from = () if verdict else (*decision.others, *on_cluster)
    state = "" if holds or decision.kind is Kind.WITHDRAW else " (withdrawn)"
    parts = f"{_few(about)}{f' from {_few(kept_from)}' if kept_from else ''}"
    return f"{decision.number}  {decision.time}  {decision.kind}{state}  {parts}  by {decision.by}: {decision.reason}"


def _few(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN_ACCOUNTS
    return ", ".join(names[:_SHOWN_ACCOUNTS]) + (f" and {more:,} more" if more > 0 else "")


COMMANDS = (decide_command,)
