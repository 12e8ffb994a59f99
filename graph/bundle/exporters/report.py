"""The report for a reader who has nothing but a browser or a printer: no script, no network."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

from graph.bundle import claims as claimed
from graph.bundle import standing
from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.exporters import figure, tables
from graph.bundle.exporters.record import software
from graph.bundle.limits import chance_sentence, limitations
from graph.bundle.reasons import number, reason_parts
from graph.bundle.redaction import REDACTION_WORDS, Redaction
from graph.bundle.tlp import MEANINGS, label
from graph.store.snapshot import window
from graph.text import clip, visible

ENTITIES_PER_CHANNEL = 6
MOST_ACCOUNTS = 25
MOST_TEMPLATES = 15
MOST_SOURCES = 12
_TEXT_LENGTH = 600


def export(dossier: Dossier) -> Iterator[Artifact]:
    """report/report.html."""
    yield "report/report.html", [_environment().get_template("report.html.j2").render(context(dossier)).encode()]


def _environment() -> jinja2.Environment:
    """Everything is escaped; text from logs is also made visible and cut (`shown`)."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(shown=_shown, day=day, minute=minute, tiny=number, word=claimed.word, whole="{:,}".format, bits=bits)
    return environment


def _shown(text: str | None) -> str:
    return clip(visible(text), _TEXT_LENGTH) if text else "–"


def bits(value: float | None) -> str:
    """Bits of evidence with one decimal."""
    return "–" if value is None else f"{value:,.1f}".replace("-", "−")


def day(at: dt.datetime | None) -> str:
    """The day of an instant."""
    return "–" if at is None else f"{at:%Y-%m-%d}"


def minute(text: str | None) -> str:
    """An ISO time of the snapshot to the minute, in words of one zone."""
    try:
        return f"{dt.datetime.fromisoformat(str(text)).astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return "–"


def context(dossier: Dossier) -> dict[str, Any]:
    """All that a report says, for the HTML and the PDF alike."""
    first, until = window(dossier.manifest)
    last = (until - dt.timedelta(microseconds=1)).date()

    return {
        "c": dossier.cluster,
        "snapshot_id": dossier.snapshot_id,
        "first": first.date().isoformat(),
        "last": last.isoformat(),
        "redaction": dossier.redaction.value,
        "redaction_words": REDACTION_WORDS[dossier.redaction],
        "public": dossier.redaction is Redaction.PUBLIC,
        "suspicion": claimed.suspicion(dossier),
        "nothing_against": claimed.NOTHING_AGAINST,
        "confidence_rule": claimed.CONFIDENCE_RULE,
        "channels": _channel_rows(dossier),
        "bands": _rows(dossier.bands, 20),
        "entities": claimed.strongest_entities(dossier, ENTITIES_PER_CHANNEL).to_dicts(),
        "entity_count": dossier.entities.height,
        "accounts": _rows(dossier.accounts, MOST_ACCOUNTS),
        "account_count": dossier.accounts.height,
        "accounts_file": claimed.accounts_file(dossier),
        "templates": _rows(dossier.templates, MOST_TEMPLATES),
        "template_count": dossier.templates.height,
        "figure": Markup(figure.timeline(dossier.timeline, first.date(), last)) if dossier.timeline.height else None,  # noqa: S704
        "chance": chance_sentence(dossier),
        "limitations": [sentence for sentence in limitations(dossier) if sentence != chance_sentence(dossier)],
        "reasons": [reason_parts(str(reason)) for reason in dossier.cluster.get("reasons", [])],
        "files": list(tables.frames(dossier)),
        "observed": dossier.observed,
        "observations": dossier.observations.height,
        "software": software(),
        "seed": dossier.manifest.get("seed"),
        "tlp": label(dossier.tlp),
        "tlp_words": MEANINGS[dossier.tlp].words,
        "recipient": dossier.recipient,
        "verdict": standing.verdict(dossier),
        "holding": [*standing.cohesion(dossier), *standing.line(dossier)],
        "weakest": dossier.cluster.get("weakest_ties") or [],
        "bridges": dossier.cluster.get("bridges") or [],
        "campaigns": _rows(dossier.campaigns.sort("bits", "account_id", descending=[True, False]), 12),
        "capabilities": _rows(standing.telling(dossier), 10),
        "decisions": dossier.decisions,
        "sources": [_source(source, dossier.redaction) for source in dossier.sources[:MOST_SOURCES]],
        "source_count": len(dossier.sources),
        "inputs": sorted(
            (t, f["rows"]) for t, f in (dossier.manifest.get("inputs") or {}).items() if isinstance(f, dict) and f.get("rows")
        ),
        "parameters": sorted((dossier.manifest.get("parameters") or {}).items()),
    }


def _source(source: dict[str, Any], redaction: Redaction) -> dict[str, Any]:
    name = re.split(r"[/\\]", str(source.get("name")))[-1] if redaction is Redaction.FULL else "(name withheld)"
    return {"table": source.get("table"), "sha256": source.get("sha256"), "rows": source.get("rows") or 0, "name": name}


def _rows(frame: pl.DataFrame | None, most: int) -> list[dict[str, Any]]:
    return [] if frame is None else frame.head(most).to_dicts()


def _channel_rows(dossier: Dossier) -> list[dict[str, Any]]:
    """Channels with each one's share of the strongest, for the bars."""
    rows = dossier.channels.to_dicts()
    most = max((row["bits"] for row in rows), default=0)
    return [{**row, "share": max(0, round(100 * row["bits"] / most)) if most > 0 else 0} for row in rows]
