"""What people do on a case's page. Each callback writes, then gives a store another value, by which the page reads anew."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State

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


def set_task(desk: Desk, clicks: int, case_id: Any, step: Any) -> Any:
    """Mark a task as done, or as open again."""
    what, task = views.chosen(step, ("done", "open"))
    with desk.ledger.writing(actor()) as writing:
        cases.set_tasks(writing, number_of(case_id), **{"done" if what == "done" else "open_again": [task]})
    settled()
    return clicks


def decide(desk: Desk, clicks: int, case_id: Any, kind: Any, named: Any, reason: Any, counter: Any) -> tuple[Any, ...]:
    """Decide, or propose."""
    about = tuple(name.strip() for name in word(named).splitlines())
    deciding.decide(desk.ledger, desk.workspace, actor(), number_of(case_id), word(kind), about, word(reason), word(counter))
    settled()
    return clicks, "", "", ""


def approve(desk: Desk, clicks: int, case_id: Any, choice: Any) -> Any:
    """Approve a colleague's proposal."""
    _, proposal = views.chosen(choice, ("proposal",))
    deciding.approve(desk.ledger, desk.workspace, actor(), number_of(case_id), proposal)
    settled()
    return clicks


def undo(desk: Desk, clicks: int, case_id: Any, choice: Any, reason: Any) -> tuple[Any, str]:
    """Refuse a proposal, or undo a decision that is in force."""
    what, number = views.chosen(choice, ("proposal", "number"))
    if what == "proposal":
        deciding.refuse(desk.ledger, actor(), number_of(case_id), number, word(reason))
    else:
        deciding.undo(desk.ledger, desk.workspace, actor(), number_of(case_id), number, word(reason))
    settled()
    return clicks, ""


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    case, later = State("case", "data"), {"prevent_initial_call": True}
    app.callback(
        Output("case-saved", "data"),
        Input("case-save", "n_clicks"),
        case,
        State("case-title", "value"),
        State("case-status-chosen", "data"),
        State("case-assignee", "value"),
        State("case-tags", "value"),
        **later,
    )(partial(save, desk))
    for name, output, act in (("case-note", "case-noted", note), ("case-task", "case-task-added", add_task)):
        written = f"{name}-text"
        outputs = (Output(output, "data"), Output(written, "value"))
        app.callback(*outputs, Input(f"{name}-add", "n_clicks"), case, State(written, "value"), **later)(partial(act, desk))
    app.callback(Output("case-task-set", "data"), Input("case-tick-set", "n_clicks"), case, State("case-tick-chosen", "data"), **later)(
        partial(set_task, desk)
    )
    app.callback(
        Output("case-decided", "data"),
        *(Output(f"case-{name}", "value") for name in ("named", "reason", "counter")),
        Input("case-decide", "n_clicks"),
        case,
        State("case-kind-chosen", "data"),
        *(State(f"case-{name}", "value") for name in ("named", "reason", "counter")),
        **later,
    )(partial(decide, desk))
    choice = State("case-choice-chosen", "data")
    app.callback(Output("case-approved", "data"), Input("case-approve", "n_clicks"), case, choice, **later)(partial(approve, desk))
    app.callback(
        Output("case-undone", "data"),
        Output("case-answer", "value"),
        Input("case-undo", "n_clicks"),
        case,
        choice,
        State("case-answer", "value"),
        **later,
    )(partial(undo, desk))
