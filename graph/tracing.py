"""Who is who from night to night: found clusters after people's decisions, under the names of their lines, campaigns beside pools."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from graph import campaigns, decisions, kinship, lineage, membership
from graph.found import Found
from graph.incidence import Bipartite
from graph.membership import Groups
from graph.night import Night
from graph.store.decisions import Decision
from graph.vocabulary import SMALLEST


def weigh(bipartite: Bipartite, groups: pl.DataFrame, facts: pl.DataFrame) -> Found:
    """The evidence behind `groups`."""
    studied = Groups(bipartite, groups)
    return Found(bipartite, groups, facts, studied.evidence, membership.channel_bits(studied), studied.marked)


@dataclass(frozen=True)
class Traced:
    """What was found after people's decisions, under the names of its lines. `memory`: the frames a later night knows it by.

    inside: the campaigns within pools (campaigns.within), which stand in `found` and `lines` beside their pools.
    """

    found: Found
    lines: dict[int, lineage.Line]
    memory: dict[str, pl.DataFrame]
    notes: decisions.Notes
    inside: pl.DataFrame

    @property
    def pools(self) -> dict[int, int]:
        """cluster → the pool that it is a campaign within."""
        return dict(self.inside.select("cluster", "pool").unique().sort("cluster").iter_rows())


def trace(night: Night, found: Found, memory: lineage.Memory, book: tuple[Decision, ...]) -> Traced:
    """Join and part what people decided, name the clusters, take out who is excluded from the line of that name, look within."""
    groups, linked = decisions.linked(found, book, SMALLEST)
    outer, lines, excluded, remembered = _named(_again(found, groups), memory.within_others(False), night.until, book, memory.taken, {})
    taken = memory.taken | {line.cluster_id for line in lines.values()}
    inside = campaigns.within(night, outer, SMALLEST)
    parents = {cluster: lines[pool].cluster_id for cluster, pool in inside.select("cluster", "pool").unique().iter_rows()}
    beside = campaigns.beside_pools(outer, inside).of(parents)
    inner, campaign_lines, taken_out, also = _named(beside, memory.within_others(True), night.until, book, taken, parents)
    notes = {cluster: (*linked.get(cluster, ()), *excluded.get(cluster, ())) for cluster in lines}
    return Traced(
        outer.and_also(inner),
        lines | campaign_lines,
        {name: pl.concat([frame, also[name]]).sort(frame.columns[:2]) for name, frame in remembered.items()},
        notes | taken_out,
        inside.join(inner.groups, on=["cluster", "account"], how="semi", maintain_order="left"),
    )


def _named(
    found: Found,
    memory: lineage.Memory,
    until: dt.datetime,
    book: tuple[Decision, ...],
    taken: frozenset[str],
    parents: Mapping[int, str],
) -> tuple[Found, dict[int, lineage.Line], decisions.Notes, dict[str, pl.DataFrame]]:
    """`found` without the excluded, the lines of its clusters (campaigns within `parents`), what was excluded, what is remembered."""
    marks = kinship.marks(found)
    matches = lineage.match(marks, memory, decisions.confirmed(book), taken)
    lines = lineage.tell(marks, matches, memory, until)
    groups, excluded = decisions.excluded(found, book, lines, SMALLEST)
    if not groups.equals(found.groups):
        found = found.of_members(groups) if parents else _again(found, groups)
        marks = kinship.marks(found)
        lines = lineage.tell(marks, matches, memory, until)
    lines = {cluster: replace(line, parent_id=parents.get(cluster)) for cluster, line in lines.items()}
    return found, lines, excluded, lineage.remember(marks, lines, memory, until, decisions.named(book))


def _again(found: Found, groups: pl.DataFrame) -> Found:
    """The evidence behind `groups` where they differ from those found; a group that no evidence is left for is none."""
    if groups.equals(found.groups):
        return found
    after = weigh(found.bipartite, groups, found.facts)
    held = groups.join(after.channel_bits.select("cluster").unique(), on="cluster", how="semi", maintain_order="left")
    return after if held.height == groups.height else weigh(found.bipartite, held, found.facts)
