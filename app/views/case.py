"""Pieces of the case page that callbacks fill."""

from typing import Any

from dash import html

from app.cases.cases import STATUSES
from app.queries.words import cluster_link, shown
from app.views.parts import chip, empty
from graph.errors import UsageError
from graph.store.decisions import Kind

_WORDS = {
    Kind.CONFIRMED: "confirmed",
    Kind.CLEARED: "cleared",
    Kind.EXCLUDE: "excluded",
    Kind.MUST_LINK: "merged",
    Kind.CANNOT_LINK: "split",
}
_NAMED = 5


def head(case: dict[str, Any], *, exports: bool) -> list[Any]:
    """Title, cluster, status, and the list for a decision about the whole pool."""
    parts = [
        html.H1(shown(case["title"], 200)),
        html.A(case["cluster_id"], href=cluster_link(case["cluster_id"]), className="chip"),
        chip(STATUSES[case["status"]]),
        html.Span(f"case {case['id']}, opened by {case['opened_by']}", className="muted"),
    ]
    if exports:
        listed = html.A("Action list (CSV)", href=f"/export/actions/{case['id']}.csv", className="button", download="")
        parts.append(listed)
    return parts


def decision_row(one: dict[str, Any]) -> dict[str, Any]:
    """A row of the table of decisions."""
    by = one["proposed_by"]
    if one["decided_by"] and one["decided_by"] != by:
        by = f"{by}, {'refused' if one['standing'] == 'refused' else 'approved'} by {one['decided_by']}"
    against = f" Counter-evidence considered: {one['counter']}" if one["counter"] else ""
    return {
        "number": one["number"],
        "what": _WORDS.get(one["kind"], one["kind"]),
        "about": shown(_few(one["targets"]), 200),
        "standing": "waits for a second person" if one["standing"] == "proposed" else one["standing"],
        "reason": shown(one["reason"] + against, 2_000),
        "by": shown(by, 200),
        "at": minute_of(one["decided_at"] or one["proposed_at"]),
    }


def open_decisions(found: list[dict[str, Any]]) -> dict[str, str]:
    """What can be answered: proposals that wait, decisions in force."""
    options = {"": "–"}
    for one in found:
        said = f"{_WORDS.get(one['kind'], one['kind'])} {shown(_few(one['targets']), 60)}"
        if one["standing"] == "proposed":
            options[f"proposal {one['id']}"] = f"Proposal: {said}"
        elif one["standing"] == "in force":
            options[f"number {one['number']}"] = f"No. {one['number']}: {said}"
    return options


def chosen(value: Any, kinds: tuple[str, ...]) -> tuple[str, int]:
    """Kind and number behind a choice of `open_decisions` or `task_steps`. Raises UsageError where none of `kinds` is chosen."""
    kind, _, number = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if kind not in kinds or not (number.isascii() and number.isdecimal()) or len(number) > 9:
        raise UsageError("Choose from the list first, one that this can be done with.")
    return kind, int(number)


def tasks(found: list[dict[str, Any]]) -> html.Ul | html.P:
    """What is to do, and what is done."""
    if not found:
        return empty("Nothing to do.")
    return html.Ul([html.Li(f"{shown(task['text'], 200)} ({_when(task)})", className="muted" if task["done_by"] else "") for task in found])


def task_steps(found: list[dict[str, Any]]) -> dict[str, str]:
    """What can be marked: open tasks as done, those that are done as open again."""
    words = {task["id"]: shown(task["text"], 60) for task in found}
    return {"": "–"} | {
        f"{'open' if task['done_by'] else 'done'} {task['id']}": f"{'Open again' if task['done_by'] else 'Done'}: {words[task['id']]}"
        for task in found
    }


def _when(task: dict[str, Any]) -> str:
    return f"done by {task['done_by']}, {minute_of(task['done_at'])}" if task["done_by"] else f"by {task['by']}"


def notes(found: list[dict[str, Any]]) -> list[html.Article] | html.P:
    """Notes as they were written, line by line."""
    if not found:
        return empty("No note yet.")
    return [
        html.Article([html.P(f"{note['by']}, {minute_of(note['at'])} UTC", className="muted"), html.Div(_text(note["text"]))])
        for note in found
    ]


def history_row(one: dict[str, Any]) -> dict[str, Any]:
    """A row of the audit log, fit for a table."""
    said = ", ".join(f"{name}: {_few(value) if isinstance(value, list) else value}" for name, value in one["detail"].items())
    return {
        "number": one["number"],
        "at": one["at"][:19].replace("T", " "),
        "actor": one["actor"],
        "action": one["action"],
        "detail": shown(said, 500),
    }


def minute_of(time: str) -> str:
    """`2026-08-03 14:05` from ISO text."""
    return time[:16].replace("T", " ")


def _few(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(map(str, names[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def _text(text: str) -> list[Any]:
    """Lines stay lines; nothing hidden in them stays hidden."""
    return [html.P(shown(line, 2_000)) for line in text.splitlines() if line.strip()]
