"""indicators and replay: what partners compare, and whether a night gives the same again."""

from datetime import date
from pathlib import Path

import click

from app.cli.options import WORKSPACE, ClewCommand, log_format
from app.cli.records import now, recorded
from app.cli.reporting import reporter
from graph import indicators as keyed
from graph.bundle.tlp import Tlp
from graph.bundle.tlp import label as tlp_label
from graph.errors import DataRefused, UsageError
from graph.replay import replay
from graph.store import files, snapshot
from graph.store.workspace import open_workspace
from graph.text import clip, visible


@click.command("indicators", cls=ClewCommand)
@click.argument("verb", type=click.Choice(["export", "import", "match"]))
@WORKSPACE
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="The secret that both parties hold: `openssl rand -base64 32`.")
@click.option("--cluster", help="Export what this cluster shares. Default: what all flagged clusters share.")
@click.option("--label", type=click.Choice([tlp.value for tlp in Tlp]), default=Tlp.AMBER_STRICT.value, show_default=True, help="TLP 2.0.")
@click.option("--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="How long they hold.")
@click.option("--on", help="Match what is valid on this day, YYYY-MM-DD. Default: today.")
def indicators_command(
    verb: str, workspace: Path, file: Path | None, key: Path | None, cluster: str | None, label: str, days: int, on: str | None
) -> None:
    """Compare with a partner what suspected clusters share, under a shared key, without telling values."""
    space = open_workspace(workspace)
    if file is None and verb != "match":
        raise UsageError(f"indicators {verb}: name the FILE, .csv or .json (STIX 2.1).")
    if key is None and verb != "import":
        raise UsageError(f"indicators {verb}: needs --key FILE, the secret that both parties hold.")
    with recorded(space, f"indicators-{verb}", {"file": str(file) if file else None, "cluster": cluster, "label": label}) as record:
        if verb == "import" and file:
            read = keyed.read(file)
            keyed.store(space, read)
            record["indicators"] = len(read)
            click.echo(f"{len(read):,} indicators are stored")
        elif verb == "export" and file and key:
            made = keyed.of_snapshot(space, snapshot.latest(space), keyed.read_key(key), Tlp(label), days, cluster)
            files.write_bytes(file, keyed.as_stix(made) if file.suffix == ".json" else keyed.as_csv(made))
            record["indicators"] = len(made)
            click.echo(f"{len(made):,} indicators written to {file}")
        elif key:
            found = keyed.match(space, keyed.read(file) if file else keyed.stored(space), keyed.read_key(key), _day(on))
            record["matches"] = len(found)
            for hit in found:
                click.echo(
                    f"{hit.kind}  {hit.accounts:,} accounts  confidence {hit.confidence}  {tlp_label(Tlp(hit.tlp))}  {_shown(hit.value)}"
                )
            click.echo(f"{len(found):,} matches")


def _shown(value: str) -> str:
    return clip(visible(value), 160)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else now().date()
    except ValueError:
        raise UsageError(f"--on {text}: is no day. Write it like 2026-09-01.") from None


@click.command("replay", cls=ClewCommand)
@click.argument("bundle", type=click.Path(path_type=Path))
@WORKSPACE
@click.option("--trust", type=click.Path(path_type=Path), help="Ed25519 public key (PEM) that must have signed it.")
def replay_command(bundle: Path, workspace: Path, trust: Path | None) -> None:
    """Run a bundle's night again and say whether the result is identical."""
    space = open_workspace(workspace)
    with reporter(log_format()) as progress:
        outcome = replay(bundle, space, progress, trust)
    if outcome.identical:
        click.echo(f"identical: snapshot {visible(outcome.got)}, {outcome.files} files, byte for byte")
        return
    for sentence in outcome.differs:
        click.echo(visible(sentence))
    raise DataRefused(f"not identical: the bundle is of {visible(outcome.wanted)}, the rerun gave {visible(outcome.got)}.")


COMMANDS = (indicators_command, replay_command)
