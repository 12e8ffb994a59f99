"""What people do on a case's page. Each callback writes, then gives a store another value, by which the page reads anew."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, no_update

from app.auth.guard import actor
from app.cases import cases, deciding
from app.cases.cases import NoCase
from app.desk import Desk
from app.pages.cases import settled, whom, word
from app.queries.words import shown
from app.views import case as views

DONE = ("saved", "noted", "task-added", "task-set", "decided", "approved", "undone")


def number_of(value: Any) -> int:
    """A case's number as the address holds it. Raises NoCase."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    raise NoCase(f"No case {shown(str(value), 40)!r}. See the list of cases.")


def save(desk: Desk, clicks: int, case_id: Any, title: Any, status: Any, assignee: Any, tagged: Any) -> Any:
    """Save the state."""
    with desk.ledger.writing(actor()) as writing:
        given = word(tagged).split(",")
        cases.save(writing, number_of(case_id), status=word(status), assignee=whom(assignee) or None, title=word(title), tagged=given)
    settled()
    return clicks


def note(desk: Desk, clicks: int, case_id: Any, written: Any) -> tuple[Any, str]:
    """Add a note."""
    with desk.ledger.writing(actor()) as writing:
        cases.add_note(writing, number_of(case_id), word(written))
    settled()
    return clicks, ""


def add_task(desk: Desk, clicks: int, case_id: Any, written: Any) -> tuple[Any, str]:
    """Add a task."""
    with desk.ledger.writing(actor()) as writing:
        cases.add_task(writing, number_of(case_id), word(written))
    settled()
    return clicks, ""


def set_tasks(desk: Desk, ticked: Any, case_id: Any, known: Any) -> Any:
    """Set what was ticked or unticked on this page; what a colleague ticked meanwhile stays."""
    before = set(_numbers(known.get("done") if isinstance(known, dict) else None))
    now = set(_numbers(ticked))
    if before == now:
        return no_update
    with desk.ledger.writing(actor()) as writing:
        cases.set_tasks(writing, number_of(case_id), done=now - before, open_again=before - now)
    settled()
    return sorted(now)


def decide(desk: Desk, clicks: int, case_id: Any, kind: Any, named: Any, reason: Any, counter: Any) -> tuple[Any, ...]:
    """Decide, or propose."""
    about = tuple(name.strip() for name in word(named).splitlines())
    deciding.decide(desk.ledger, desk.workspace, actor(), number_of(case_id), word(kind), about, word(reason), word(counter))
    settled()
    return clicks, None, "", "", ""


def approve(desk: Desk, clicks: int, case_id: Any, choice: Any) -> tuple[Any, None]:
    """Approve a colleague's proposal."""
    deciding.approve(desk.ledger, desk.workspace, actor(), number_of(case_id), views.chosen(choice, "proposal"))
    settled()
    return clicks, None


def undo(desk: Desk, clicks: int, case_id: Any, choice: Any, reason: Any) -> tuple[Any, None, str]:
    """Refuse a proposal, or undo a decision that is in force."""
    if word(choice).startswith("proposal"):
        deciding.refuse(desk.ledger, actor(), number_of(case_id), views.chosen(choice, "proposal"), word(reason))
    else:
        deciding.undo(desk.ledger, desk.workspace, actor(), number_of(case_id), views.chosen(choice, "number"), word(reason))
    settled()
    return clicks, None, ""


def _numbers(value: Any) -> list[int]:
    return [one for one in value if type(one) is int] if isinstance(value, list) else []


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    case, later = State("case", "data"), {"prevent_initial_call": True}
    app.callback(
        Output("case-saved", "data"),
        Input("case-save", "n_clicks"),
        case,
        State("case-title", "value"),
        State("case-status", "value"),
        State("case-assignee", "value"),
        State("case-tags", "value"),
        **later,
    )(partial(save, desk))
    for name, output, act in (("case-note", "case-noted", note), ("case-task", "case-task-added", add_task)):
        written = f"{name}-text"
        outputs = (Output(output, "data"), Output(written, "value"))
        app.callback(*outputs, Input(f"{name}-add", "n_clicks"), case, State(written, "value"), **later)(partial(act, desk))
    app.callback(Output("case-task-set", "data"), Input("case-tasks", "value"), case, State("case-known", "data"), **later)(
        partial(set_tasks, desk)
    )
    app.callback(
        Output("case-decided", "data"),
        Output("case-kind", "value"),
        Output("case-named", "value"),
        Output("case-reason", "value"),
        Output("case-counter", "value"),
        Input("case-decide", "n_clicks"),
        case,
        *(State(f"case-{name}", "value") for name in ("kind", "named", "reason", "counter")),
        **later,
    )(partial(decide, desk))
    choice = State("case-choice", "value")
    app.callback(
        Output("case-approved", "data"),
        Output("case-choice", "value", allow_duplicate=True),
        Input("case-approve", "n_clicks"),
        case,
        choice,
        **later,
    )(partial(approve, desk))
    app.callback(
        Output("case-undone", "data"),
        Output("case-choice", "value"),
        Output("case-answer", "value"),
        Input("case-undo", "n_clicks"),
        case,
        choice,
        State("case-answer", "value"),
        **later,
    )(partial(undo, desk))
