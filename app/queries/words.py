"""Figures and names as an investigator reads them. Text from logs passes `shown` before it reaches a page."""

import datetime as dt
from typing import Any
from urllib.parse import quote

from graph.text import clip, visible

LABEL_LENGTH = 120


def shown(text: str | None, n: int = LABEL_LENGTH) -> str:
    """Log text fit for a page: nothing hidden, at most `n` characters."""
    return clip(visible(text or ""), n)


def entity_label(kind: str | None, label: str | None, n: int = LABEL_LENGTH) -> str:
    """What an entity is called on a page: its text; a sentence whose text is not kept by the start of its signature, `sentence 5f3a…`."""
    if kind == "sentence" and label and label.removeprefix("-").isdecimal() and label.isascii():
        return f"sentence {int(label) % 2**64:016x}"[:13] + "…"
    return shown(label, n)


def plural(n: int, word: str) -> str:
    """`1 card`, `2 cards`, `3 addresses`, `4 synchronies`."""
    if n == 1:
        return f"1 {word}"
    if word.endswith(("s", "sh", "ch", "x")):
        return f"{n:,} {word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{n:,} {word[:-1]}ies"
    return f"{n:,} {word}s"


def day(value: object) -> str:
    """`3 Aug 2026` from a date, a time or ISO text; `–` when there is none."""
    if isinstance(value, str):
        try:
            return day(dt.datetime.fromisoformat(value))
        except ValueError:
            return shown(value, 20)
    return f"{value.day} {value:%b %Y}" if isinstance(value, dt.date) else "–"


def minute(value: dt.datetime | None) -> str:
    """`2026-08-03 14:05`, UTC; sorts as text. Empty when there is none."""
    return f"{value:%Y-%m-%d %H:%M}" if value else ""


def span(first: object, last: object) -> str:
    """`3 Aug – 25 Oct 2026`."""
    one, other = day(first), day(last)
    return other if one == other else f"{one.removesuffix(other[-5:])} – {other}"


def rarity(units: int, population: int) -> float:
    """Share of all accounts that do not have a thing, 0 to 1."""
    return 1 - units / population if population else 0.0


def percent(share: float) -> str:
    """`41%`; near the ends with as many decimals as tell it from 0 and 100: `99.98%`."""
    value = share * 100
    for digits in (0, 1, 2, 3):
        text = f"{value:.{digits}f}"
        if float(text) not in (0.0, 100.0) or value in (0.0, 100.0):
            return f"{text}%"
    return "<0.001%" if value < 50 else ">99.999%"


def account_link(account_id: str) -> str:
    """The address of an account\'s page."""
    return f"/account/{quote(account_id, safe='')}"


def cluster_link(cluster_id: str) -> str:
    """The address of a cluster\'s page."""
    return f"/cluster/{quote(cluster_id, safe='')}"


def entity_link(entity_id: int) -> str:
    """The address of an entity\'s page."""
    return f"/entity/{entity_id}"


def pair_link(one: str, other: str) -> str:
    """The address of the page that says why two accounts, or an account and a cluster, are linked or not."""
    return f"/pair/{quote(one, safe='')}/{quote(other, safe='')}"


def compare_link(one: str, other: str) -> str:
    """The address of the page that sets two clusters side by side."""
    return f"/compare/{quote(one, safe='')}/{quote(other, safe='')}"


def chance(manifest: dict[str, Any]) -> str:
    """How many clusters chance alone had flagged: `0 flagged by chance in 20 shuffled nights`; empty where the run did not measure it."""
    measured = manifest.get("chance") or {}
    shuffles, flagged = measured.get("shuffles"), measured.get("flagged_in_shuffles")
    if not shuffles or flagged is None:
        return ""
    return f"{flagged:,} flagged by chance in {plural(shuffles, 'shuffled night')}"
