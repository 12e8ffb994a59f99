"""What an explanation consists of: terms that add up to its total, the raw rows behind each, and the reasons against a link."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from graph.membership import HALVING
from graph.vocabulary import CHANNELS

LEAST_BITS = 1.0  # an entity that says less says nothing, as in membership
DOUBT_BITS = 6.64  # posterior odds of 99 : 1, as in membership
ROWS_SHOWN = 3  # raw rows of a term
SHOWN = 5  # terms of a channel whose raw rows are looked up: the sixth counts 1/32


@dataclass(frozen=True)
class Term:
    """One step of the waterfall: an entity and what it says.

    bits = log2(share / chance); counted = bits × weight, in thousandths, is what enters the total. share: of one hand's accounts that
    have the entity; chance: that an account as active has it by chance. accounts: all that have it; members, expected: of the cluster,
    seen and by chance. Times as ISO text. rows: the first of `rows_total` raw rows.
    """

    channel: str
    kind: str
    label: str
    what: str  # what this kind of evidence looks at, a sentence
    bits: float
    entity_id: str | None = None  # text: 64-bit ids do not fit every JSON reader
    weight: float = 1.0
    counted: float = 0.0
    share: float | None = None
    chance: float | None = None
    accounts: int | None = None
    members: int | None = None
    expected: float | None = None
    software: bool = False
    conclusive: bool = False
    first_seen: str | None = None
    last_seen: str | None = None
    rows: tuple[dict[str, Any], ...] = ()
    rows_total: int = 0
    remark: str = ""  # what a reader must know where there are no rows


@dataclass(frozen=True)
class Reason:
    """One reason against a link. `code` is fixed, for programs; `sentence` is for people."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """`total` is exactly the sum of what `terms` count; a link takes `needed` bits and a second witness.

    terms: channel by channel, the strongest first. why_not: empty where the two are linked. notes: what a reader must know beside.
    """

    subject: str  # "A and B", or "A in CL-…"
    one: str
    other: str
    snapshot: str
    linked: bool
    verdict: str
    total: float
    needed: float
    terms: tuple[Term, ...]
    why_not: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain values, ready for JSON, with the bits by witness."""
        return {**asdict(self), "witnesses": witnesses(self.terms)}


def chance_of(busy: float, others: float, links: float) -> float:
    """That an account which touches `busy` entities of a kind touches one that `others` touch, of `links` in all, as in graph.chance."""
    return -math.expm1(-busy * others / links)


def waterfall(terms: Iterable[Term]) -> tuple[Term, ...]:
    """`terms` weighed as membership weighs them, channel by channel, most bits first.

    Within a channel conclusive terms go first, then the strongest; each further one counts half as much. Below LEAST_BITS: nothing.
    """
    by_channel: dict[str, list[Term]] = {}
    for term in sorted(terms, key=lambda t: (t.bits < LEAST_BITS, not t.conclusive, -t.bits, t.kind, t.label)):
        held = by_channel.setdefault(term.channel, [])
        weight = HALVING ** len(held) if term.bits >= LEAST_BITS else 0.0
        held.append(replace(term, weight=weight, counted=round(term.bits * weight, 3)))
    return ordered(by_channel)


def ordered(by_channel: dict[str, list[Term]]) -> tuple[Term, ...]:
    """The terms of all channels, the channel with most bits first, within a channel as given."""
    order = {channel.value: place for place, channel in enumerate(CHANNELS)}
    channels = sorted(by_channel, key=lambda c: (-total(by_channel[c]), order.get(c, len(order)), c))
    return tuple(term for channel in channels for term in by_channel[channel])


def total(terms: Iterable[Term]) -> float:
    """The sum of what `terms` count, exact to a thousandth."""
    return sum(round(term.counted * 1000) for term in terms) / 1000


def witnesses(terms: Iterable[Term]) -> dict[str, float]:
    """Bits by witness: each channel one, all software one ("software"); what is conclusive needs no witness, and is "conclusive"."""
    said: dict[str, float] = {}
    for term in terms:
        name = "conclusive" if term.conclusive else "software" if term.software else term.channel
        said[name] = round(said.get(name, 0.0) + term.counted, 3)
    return {name: bits for name, bits in sorted(said.items()) if bits > 0}


def independent(terms: Iterable[Term]) -> float:
    """Bits from all but the strongest witness, conclusive ones never being the strongest."""
    said = witnesses(terms)
    return round(sum(said.values()) - max((bits for name, bits in said.items() if name != "conclusive"), default=0.0), 3)
