"""An explanation of graph.explain as a page shows it: a waterfall of steps that end at its total, raw rows, reasons against."""

from typing import Any

import polars as pl

from app.queries.night import Night, NotFound
from app.queries.words import account_link, cluster_link, entity_label, entity_link, plural, shown
from graph.explain import Explanation, Term
from graph.explain.model import witnesses
from graph.vocabulary import CHANNEL_WORDS, Channel

LEAST = 0.05  # bits: a step that counts less is summed up with others of its kind
_WITNESSES = {"software": "Software, all of it", "conclusive": "Conclusive tests"}


def told(night: Night, found: Explanation) -> dict[str, Any]:
    """Everything the page shows. `most` is where the bars' scale ends; `rest` sums up the steps that are too small to draw."""
    steps, rest = _steps(night, found)
    return {
        "ends": [(shown(name, 80), _link(night, name)) for name in (found.one, found.other)],
        "linked": found.linked,
        "verdict": shown(found.verdict[:1].upper() + found.verdict[1:], 600),
        "total": found.total,
        "needed": found.needed,
        "most": max(found.total, found.needed, 1.0),
        "steps": steps,
        "rest": rest,
        "witnesses": _witnesses(found),
        "why_not": [shown(reason.sentence, 600) for reason in found.why_not],
        "notes": [shown(note, 600) for note in dict.fromkeys(found.notes)],
    }


def check(night: Night, one: str, other: str) -> None:
    """Raises NotFound for a name that the newest snapshot does not hold, and for two clusters."""
    known = night.frame("accounts").filter(pl.col("account_id").is_in([one, other]))["account_id"].to_list()
    for name in (one, other):
        if name not in known and name not in night.positions:
            raise NotFound(f"No account or cluster {shown(name, 60)!r} in the newest snapshot. Check the name, or search for a part of it.")
    if one in night.positions and other in night.positions:
        raise NotFound(f"{one} and {other} are two clusters. Name an account and a cluster, or compare the two.")


def _link(night: Night, name: str) -> str:
    return cluster_link(name) if name in night.positions else account_link(name)


def _steps(night: Night, found: Explanation) -> tuple[list[dict[str, Any]], tuple[int, float]]:
    known = set(night.frame("entities")["entity_id"].cast(str).to_list()) if found.terms else set()
    steps: list[dict[str, Any]] = []
    reached, small, count = 0.0, 0.0, 0
    for term in found.terms:
        if term.counted < LEAST:
            small, count = small + term.counted, count + 1
            continue
        steps.append(_step(term, known) | {"start": round(reached, 3)})
        reached += term.counted
    return steps, (count, round(small, 3))


def _step(term: Term, known: set[str]) -> dict[str, Any]:
    return {
        "channel": term.channel,
        "word": CHANNEL_WORDS[Channel(term.channel)],
        "kind": shown(term.kind, 30),
        "label": entity_label(term.kind, term.label).removeprefix(term.kind).strip() or shown(term.kind, 30),
        "href": entity_link(int(term.entity_id)) if term.entity_id in known and term.entity_id else "",
        "what": shown(term.what, 300),
        "bits": term.bits,
        "weight": weight_words(term.weight),
        "counted": term.counted,
        "said": " · ".join(_said(term)),
        "rows": [{shown(str(name), 40): shown(str(value), 200) for name, value in row.items()} for row in term.rows],
        "rows_total": term.rows_total,
        "remark": shown(term.remark, 300),
    }


def weight_words(weight: float) -> str:
    """`counts 1/4`: each further step of a channel counts half as much; empty where it counts whole."""
    return "" if weight >= 1 else "does not count" if weight <= 0 else f"counts 1/{round(1 / weight):,}"


def _said(term: Term) -> list[str]:
    said = [f"{term.bits:.1f} bits"]
    if term.accounts is not None:
        said.append(f"{plural(term.accounts, 'account')} in all")
    if term.members is not None and term.expected is not None:
        said.append(f"{plural(term.members, 'member')}, {term.expected:.2g} expected by chance")
    if term.chance:
        said.append(f"chance 1 in {round(1 / term.chance):,}")
    if term.conclusive:
        said.append("conclusive test")
    return said


def _witnesses(found: Explanation) -> list[dict[str, Any]]:
    """Bits by independent witness, most first, in the shape that bars take."""
    said = sorted(witnesses(found.terms).items(), key=lambda pair: (-pair[1], pair[0]))
    whole = sum(bits for _, bits in said) or 1.0
    return [
        {"channel": name, "word": _WITNESSES.get(name) or CHANNEL_WORDS[Channel(name)], "bits": round(bits, 1), "share": bits / whole}
        for name, bits in said
    ]
