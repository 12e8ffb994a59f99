"""Who stands on the bill: cardholders' names and addresses, people's and those that one hand makes up for many accounts."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate import prompts
from ingest.simulate.grammar import PRODUCTIONS
from ingest.simulate.prompts import Keys, mix

FIRST = np.array([n.lower() for n in PRODUCTIONS["name"]])
# fmt: off
LAST_A = np.array([
    "kim", "lee", "gar", "mar", "ander", "john", "wil", "pet", "fer", "sil", "nov", "kow", "mül", "schmi", "dub", "ros", "tan", "wat",
    "suz", "oko", "ham", "ali", "pat", "sha", "bro", "nguy", "cas"
])
# fmt: on
# fmt: off
LAST_B = np.array([
    "son", "sen", "ez", "ski", "er", "man", "ov", "ara", "elli", "ura", "wick", "ard", "en", "ley", "ton", "nes", "ic", "kaya",
    "berg", "ford", "o", "a", "ert", "ini", "esh"
])
# fmt: on

Names = NDArray[np.str_]


@dataclass(frozen=True)
class Billing:
    """Name and address for each account."""

    name: Names
    address: Names


def of_people(card: Keys) -> Billing:
    """A cardholder and a street address for each card (equal for equal cards)."""
    first = np.char.title(FIRST[_pick(mix(card, 33), len(FIRST))])
    last = np.char.add(LAST_A[_pick(mix(card, 34), len(LAST_A))], LAST_B[_pick(mix(card, 35), len(LAST_B))])
    return Billing(np.char.add(np.char.add(first, " "), np.char.title(last)), _streets(mix(card, 36)))


def of_one_hand(rng: np.random.Generator, style: str, card: Keys, salt: int) -> Billing:
    """The bills of a pool. style: own (like people's) · one (a single name and address) · fuzzy (spellings of a single one) ·
    pattern (made-up names, running suite numbers of one street)."""
    theirs = of_people(card)
    if style == "own":
        return theirs
    head = of_people(np.full(len(card), salt % (1 << 62), np.uint64))
    if style == "one":
        return head
    if style == "fuzzy":
        return Billing(_spelled(rng, head.name), _addressed(rng, head.address))
    suite = (100 + np.arange(len(card))).astype(str)
    return Billing(theirs.name, np.char.add(np.char.add(head.address, ", Suite "), suite))


def _pick(key: Keys, many: int) -> NDArray[np.int64]:
    return (key % np.uint64(many)).astype(np.int64)


def _streets(key: Keys) -> Names:
    house = pl.Series((mix(key, 31) % np.uint64(240)).astype(np.int64) + 1).cast(pl.String)
    kind = pl.Series(["Street", "Road", "Lane", "Avenue"]).gather(_pick(mix(key, 37), 4))
    return np.array((house + " " + prompts.coined(mix(key, 32)) + " " + kind).to_list(), np.str_)


def _spelled(rng: np.random.Generator, name: Names) -> Names:
    """Spellings of names: initials, order, case, a letter doubled or left out."""
    parts = np.char.partition(name, " ")
    first, last = parts[:, 0], parts[:, 2]
    spot = np.char.str_len(last) // 2
    half = np.array([text[:k] for text, k in zip(last, spot, strict=True)], np.str_)
    rest = np.array([text[k:] for text, k in zip(last, spot, strict=True)], np.str_)
    shapes = [
        np.char.add(np.char.add(first, " "), last),
        np.char.add(np.char.add(first.astype("<U1"), ". "), last),
        np.char.add(np.char.add(last, ", "), first),
        np.char.upper(np.char.add(np.char.add(first, " "), last)),
        np.char.add(np.char.add(np.char.add(first, " "), half), np.char.add(rest.astype("<U1"), rest)),
        np.char.add(np.char.add(np.char.add(first, " "), half), np.array([text[1:] for text in rest], np.str_)),
    ]
    return np.asarray(np.choose(rng.integers(0, len(shapes), len(name)), shapes), np.str_)


def _addressed(rng: np.random.Generator, address: Names) -> Names:
    """Spellings of addresses: abbreviations, a unit number, case."""
    short = np.char.replace(np.char.replace(address, "Street", "St."), "Avenue", "Ave")
    unit = np.char.add(np.char.add(address, " Apt "), rng.integers(1, 40, len(address)).astype(str))
    return np.asarray(np.choose(rng.integers(0, 4, len(address)), [address, short, unit, np.char.lower(address)]), np.str_)
