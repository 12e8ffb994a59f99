"""A digest as people and machines get it: subject, plain text, HTML without scripts or remote parts, JSON. Pure functions of a Digest."""

import datetime as dt
import html
import textwrap
from collections.abc import Iterable
from typing import Any

from app.alerts.digest import Change, Digest
from app.queries.words import cluster_link, day, minute, plural, span
from graph.store import files

SCHEMA = "clew.alert/1"
_WIDTH = 78
_CAUTION = "Suspected, not established: software links accounts, a person who looked at the evidence decides."
_HEADS = {
    "born": "new",
    "revived": "back again",
    "merged": "merged",
    "grew": "grown",
    "split": "split",
    "flagged": "now flagged",
    "pivot": "moved to a new model",
}


def subject(told: Digest) -> str:
    """`Clew, night to 2026-09-21: 2 new, 1 grown (7 clusters flagged)`; made of our own words and numbers alone."""
    return f"Clew, night to {told.until:%Y-%m-%d}: {_counted(told) or 'nothing changed'} ({plural(told.flagged, 'cluster')} flagged)"


def as_text(told: Digest, address: str = "") -> str:
    """The digest as plain text. `address`: https://NAME of the pages, if people reach them."""
    blocks = [subject(told), _filled(_overview(told))]
    blocks += [_cluster(number, change, address) for number, change in enumerate(told.changes, start=1)]
    blocks += [f"{heading}\n" + "\n".join(_item(line) for line in lines) for heading, lines in _closing(told, address)]
    return "\n\n".join([*blocks, _filled(_CAUTION)]) + "\n"


def as_html(told: Digest, address: str = "") -> str:
    """The same as one HTML page: text from logs is escaped, nothing is loaded from anywhere, the one link is to a cluster's page."""
    body = [f"<h1>{_e(subject(told))}</h1>", f"<p>{_e(_overview(told))}</p>"]
    body += [part for change in told.changes for part in _cluster_html(change, address)]
    for heading, lines in _closing(told, address):
        body += [f"<h2>{_e(heading)}</h2>", "<ul>", *(f"<li>{_e(line)}</li>" for line in lines), "</ul>"]
    head = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Clew</title></head>'
    return "\n".join([head, "<body>", *body, f"<p>{_e(_CAUTION)}</p>", "</body></html>"]) + "\n"


def as_json(told: Digest, address: str = "") -> bytes:
    """The body that a webhook gets. `text` holds the whole digest, which many chat systems show as it is."""
    return files.json_bytes(
        {
            "schema": SCHEMA,
            "id": told.alert_id,
            "snapshot": told.snapshot_id,
            "window": {"first": told.first.isoformat(), "until": told.until.isoformat()},
            "counts": {**told.counts, "flagged": told.flagged, "flagged_accounts": told.flagged_accounts, "clusters": told.clusters},
            "changes": [_plain(change, address) for change in told.changes],
            "changes_left_out": told.left_out,
            "ended": list(told.ended),
            "chance": told.chance,
            "missing": list(told.missing),
            "caution": _CAUTION,
            "text": as_text(told, address),
        }
    )


def _counted(told: Digest) -> str:
    return ", ".join(f"{n} {_HEADS[kind]}" for kind, n in told.counts.items())


def _overview(told: Digest) -> str:
    changed = len(told.changes) + told.left_out
    return (
        f"Clew looked at {span(told.first, told.until - dt.timedelta(microseconds=1))} (to {minute(told.until)} UTC). "
        f"{plural(changed, 'flagged cluster')} changed tonight. In all, {told.flagged:,} of {plural(told.clusters, 'cluster')} "
        f"{'is' if told.flagged == 1 else 'are'} flagged, with {plural(told.flagged_accounts, 'account')}."
    )


def what_happened(change: Change) -> str:
    """`Grew from 160 to 202 accounts.`: one or two sentences."""
    now, others = plural(change.accounts, "account"), _named(change.others)
    sentences = {
        "born": f"New tonight, with {now}" + (f"; it came out of {others}" if others else ""),
        "revived": f"Found again after it had been lost, with {now}" + (f"; it came out of {others}" if others else ""),
        "merged": f"Merged with {others or 'another'}; together {now}" + _before(change),
        "grew": f"Grew to {now}" + _before(change),
        "split": f"Split: {others or 'a part'} went off; {now} remain" + _before(change),
        "flagged": f"Known before, flagged tonight for the first time since; {now}",
    }
    told = [sentences[kind] for kind in change.what if kind in sentences] or [f"Unchanged in size: {now}"]
    if change.pivot:
        told.append(f"Its traffic moved to the model {change.pivot[0]}, first seen {day(change.pivot[1])}, within a day")
    return ". ".join(told) + "."


def _before(change: Change) -> str:
    return f" (the night before: {change.before:,})" if change.before is not None else ""


def _named(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3:,} more" if len(ids) > 3 else "")


def how_sure(change: Change) -> str:
    """Scores and the strongest channels, in one line."""
    parts = [f"score {round(100 * change.score)} of 100"]
    named = {"linkage": change.linkage, "extraction": change.extraction, "stability": change.stability}
    parts += [f"{word} {round(100 * value)}" for word, value in named.items() if value is not None]
    if change.calibrated is not None:
        parts.append(f"{round(100 * change.calibrated)}% of clusters with such a score were judged abuse")
    bits = ", ".join(f"{word} {value:,.0f}" for word, value in change.channels[:4])
    told = ", ".join(parts) + (f". Bits of evidence: {bits}" if bits else "")
    return told + (f". A person said: {change.decided}" if change.decided else "") + "."


def _size(change: Change) -> str:
    seen = span(change.first_seen, change.last_seen)
    within = f", a campaign within pool {change.parent_id}" if change.parent_id else ""
    return f"{change.kind}{within}; {plural(change.exchanges, 'exchange')}, {seen}"


def _heading(change: Change) -> str:
    return f"{change.cluster_id} · {' · '.join(_HEADS[kind] for kind in change.what)}"


def _where(change: Change, address: str) -> str:
    return f"{address}{cluster_link(change.cluster_id)}" if address else f"clew show WORKSPACE {change.cluster_id}"


def _cluster(number: int, change: Change, address: str) -> str:
    facts = (("What happened", what_happened(change)), ("How big", _size(change) + "."), ("How sure", how_sure(change)))
    lines = [f"{number}. {_heading(change)}", *(_filled(f"{word}: {told}", "   ", "     ") for word, told in facts)]
    lines += ["   Why suspected:", *(_filled(f"- {reason}", "     ", "       ") for reason in change.reasons)]
    return "\n".join([*lines, f"   Where to look: {_where(change, address)}"])


def _cluster_html(change: Change, address: str) -> list[str]:
    where = _e(_where(change, address))
    return [
        f"<h2>{_e(_heading(change))}</h2>",
        f"<p><b>What happened:</b> {_e(what_happened(change))}<br><b>How big:</b> {_e(_size(change))}.<br>"
        f"<b>How sure:</b> {_e(how_sure(change))}</p>",
        "<p><b>Why suspected:</b></p>",
        "<ul>",
        *(f"<li>{_e(reason)}</li>" for reason in change.reasons),
        "</ul>",
        f'<p><b>Where to look:</b> <a href="{where}">{where}</a></p>' if address else f"<p><b>Where to look:</b> <code>{where}</code></p>",
    ]


def _closing(told: Digest, address: str) -> Iterable[tuple[str, list[str]]]:
    if told.left_out:
        yield (
            "Not listed here",
            [f"{plural(told.left_out, 'more flagged cluster')} changed; {address or 'clew clusters WORKSPACE'} lists all."],
        )
    if told.ended:
        yield "No longer flagged, or not found tonight", [_named(told.ended)]
    yield "By chance", [told.chance or "How many clusters chance alone would flag was not measured by this run."]
    yield "Data that were missing", list(told.missing) or ["None: every channel could be looked at, and no row was set aside or late."]


def _plain(change: Change, address: str) -> dict[str, Any]:
    facts = {name: getattr(change, name) for name in change.__dataclass_fields__ if name not in ("what", "others", "channels", "pivot")}
    return {
        **facts,
        "what": list(change.what),
        "others": list(change.others),
        "reasons": list(change.reasons),
        "channels": dict(change.channels),
        "pivot": {"model": change.pivot[0], "first_seen": change.pivot[1]} if change.pivot else None,
        "told": what_happened(change),
        "link": _where(change, address) if address else None,
    }


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _filled(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False)


def _item(text: str) -> str:
    return _filled(f"- {text}", "  ", "    ")
