"""What stands behind the terms of a waterfall: raw rows, and the wording of sentences, for the strongest of each channel."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from graph.explain.meetings import MET_BY, SECONDS, cycle_hours, meetings
from graph.explain.model import SHOWN, Term
from graph.explain.rows import SOURCES, Met, raw_rows
from graph.explain.scene import Scene
from graph.explain.touched import TESTED, wording

_NO_MEETING = "No such moment lies between these accounts themselves: the test tied each of them to others of the group."


def detailed(
    scene: Scene, one: str, terms: tuple[Term, ...], values: Mapping[str, str], fellows: Mapping[str | None, list[str]]
) -> tuple[Term, ...]:
    """`terms` with raw rows and wording, for the first SHOWN of each channel.

    values: entity_id → the value that the rows have, which a label may only describe. fellows: entity_id → accounts that a test found
    together with `one`, and with whom it is looked up where they met; under None for what is no entity.
    """
    places = _strongest(terms)
    own = {place: values.get(terms[place].entity_id or "", terms[place].label) for place in places}
    rows = raw_rows(scene.night, [(terms[p].kind, own[p]) for p in places if terms[p].kind in SOURCES])
    met = _met(scene, one, {p: terms[p] for p in places if terms[p].kind in TESTED or terms[p].kind == SECONDS}, fellows)
    words = wording(scene, {own[p]: terms[p].entity_id or "" for p in places if terms[p].kind == "sentence"})
    after = list(terms)
    for p in places:
        found = met.get(p) or rows.get((terms[p].kind, own[p])) or Met((), 0)
        label = words.get(own[p], terms[p].label) if terms[p].kind == "sentence" else terms[p].label
        remark = _NO_MEETING if p in met and not found.total else terms[p].remark
        after[p] = replace(terms[p], rows=found.rows, rows_total=found.total, label=label, remark=remark)
    return tuple(after)


def _strongest(terms: tuple[Term, ...]) -> list[int]:
    """Places of the first SHOWN terms of each channel; within a channel terms stand strongest first."""
    seen: dict[str, int] = {}
    places = []
    for place, term in enumerate(terms):
        seen[term.channel] = seen.get(term.channel, 0) + 1
        if seen[term.channel] <= SHOWN:
            places.append(place)
    return places


def _met(scene: Scene, one: str, terms: dict[int, Term], fellows: Mapping[str | None, list[str]]) -> dict[int, Met]:
    """Where `one` met its fellows, by place; of cycles that no two accounts meet in, the hours of the accounts asked about."""
    if not terms:
        return {}
    others = {place: fellows.get(term.entity_id, []) for place, term in terms.items()}
    everyone = sorted({one, *(account for some in others.values() for account in some)})
    exchanges = scene.exchanges_of(everyone, tuple(sorted({MET_BY[term.kind] for term in terms.values() if term.kind in MET_BY})))
    objects = scene.objects_of(everyone)
    found = {}
    for place, term in terms.items():
        ours = pl.col("account_id").is_in([one, *others[place]])
        cycle = cycle_hours(term.label, exchanges.filter(pl.col("account_id").is_in(list(scene.facts))), scene.night.first)
        found[place] = cycle or meetings(term.kind, one, exchanges.filter(ours), objects.filter(ours))
    return found
