"""digest, and how a night tells people what changed."""

from collections.abc import Callable
from pathlib import Path

import click

from app.alerts import outbox, words
from app.alerts.digest import Digest, digest
from app.alerts.outbox import Delivery
from app.alerts.settings import Destinations, destinations
from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import now
from app.cli.reporting import reporter
from app.queries.runs import last_ingest
from app.settings import read_address
from graph.errors import AlertUndelivered
from graph.progress import Progress
from graph.store import snapshot
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace, exclusive, open_workspace

_FORMS: dict[str, Callable[[Digest, str], str | bytes]] = {"text": words.as_text, "html": words.as_html, "json": words.as_json}


def tell(space: Workspace, night: Snapshot, places: Destinations, progress: Progress) -> Delivery:
    """Put what `night` changed into the outbox and send what waits there; what cannot be sent stays for the next night."""
    told = digest(space, night, last_ingest(space), places.on)
    if told.changes and outbox.put(space, told.alert_id, _bodies(told, read_address(space), places), now()):
        progress.note("alert", id=told.alert_id, to=" ".join(places.names), subject=words.subject(told))
    return send(space, places, progress)


def send(space: Workspace, places: Destinations, progress: Progress) -> Delivery:
    """Send what waits in the outbox."""
    delivery = outbox.deliver(space, places, now)
    if delivery.sent or delivery.pending:
        progress.note("alerts", sent=delivery.sent, waiting=delivery.pending)
    for fault in delivery.faults:
        progress.note(f"alert not delivered: {fault}")
    return delivery


def check_delivered(space: Workspace, delivery: Delivery) -> None:
    """Raises AlertUndelivered where something could not be sent: the receiver cannot tell, so the exit code must."""
    if delivery.faults:
        raise AlertUndelivered(
            f"the snapshot is published, but {delivery.failed} alerts could not be delivered ({delivery.faults[0]}). They wait in "
            f"{space.outbox}; the next night tries again, and so does `clew digest {space.root} --send`."
        )


def _bodies(told: Digest, address: str, places: Destinations) -> dict[str, dict[str, str]]:
    letter = {"subject": words.subject(told), "text": words.as_text(told, address), "html": words.as_html(told, address)}
    bodies = {"webhook": {"json": words.as_json(told, address).decode()}, "mail": letter}
    return {name: bodies[name] for name in places.names}


@click.command("digest", cls=ClewCommand)
@WORKSPACE
@click.option("--format", "form", type=click.Choice(list(_FORMS)), default="text", help="As in an e-mail, or as to a webhook.")
@click.option("--send", "sending", is_flag=True, help="Send what waits in the outbox instead, as the next night would.")
def digest_command(workspace: Path, form: str, sending: bool) -> None:
    """What the newest snapshot changed among flagged clusters, as alerts tell it."""
    space = open_workspace(workspace)
    if sending:
        with reporter(log_format()) as progress, exclusive(space):
            delivery = send(space, destinations(space), progress)
        click.echo(f"{delivery.sent} sent, {delivery.pending} waiting")
        check_delivered(space, delivery)
        return
    told = digest(space, snapshot.latest(space), last_ingest(space), space.settings().alerts.on)
    address = read_address(space)
    click.echo(_FORMS[form](told, address), nl=False)


COMMANDS = (digest_command,)
