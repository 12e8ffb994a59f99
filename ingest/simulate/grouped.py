"""What groups of people have in common: cards, a place, a domain, words; building blocks of the look-alikes."""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate import enrolment, identities, people, timing
from ingest.simulate.identities import Cards
from ingest.simulate.people import People, Sessions, Voice
from ingest.simulate.prompts import Source
from ingest.simulate.scene import Ints, Part, Scene

Groups = NDArray[np.int64]


def groups(scene: Scene, rng: np.random.Generator, groups: float, low: int, high: int) -> Groups:
    """A group number for each account: `groups` groups at full size, of `low` to `high` accounts."""
    sizes = rng.integers(low, high + 1, scene.sized(groups))
    return np.repeat(np.arange(len(sizes)), sizes)


def few_cards(rng: np.random.Generator, group: Groups, per_group: int = 1) -> Cards:
    """`per_group` cards for each group, drawn evenly."""
    pool = rng.integers(1, 1 << 63, (group.max() + 1, per_group)).astype(np.uint64)
    fingerprint = pool[group, rng.integers(0, per_group, len(group))]
    return Cards(fingerprint, identities.bins_of(fingerprint))


def office(rng: np.random.Generator, group: Groups) -> Ints:
    """One address for each group, such as an office or a school has."""
    key = rng.integers(0, 1 << 63, group.max() + 1).astype(np.uint64)
    return identities.home_addresses(key, np.zeros(len(key), np.int64), identities.countries(rng, len(key)))[group]


def together(scene: Scene, rng: np.random.Generator, group: Groups, share: float) -> People:
    """People of one place: its country, hours, address and about one client."""
    crowd = people.at_office(people.draw(scene, rng, len(group)), office(rng, group), share)
    head = np.searchsorted(group, np.arange(group.max() + 1))[group]
    return replace(
        crowd,
        country=crowd.country[head],
        zone=crowd.zone[head],
        language=np.where(rng.random(len(group)) < 0.8, crowd.language[head], 0),
        client=np.where(rng.random(len(group)) < 0.6, crowd.client[head], crowd.client).astype(np.int16),
        rhythm=np.full(len(group), timing.OFFICE, np.int8),
    )


def sources(scene: Scene, rng: np.random.Generator, root: str, count: int) -> NDArray[np.int16]:
    """`count` sources of one root, each with a wording of its own."""
    return np.array([scene.library.add(Source(root, scaffold=int(rng.integers(1 << 40)))) for _ in range(count)], np.int16)


def even_groups(scene: Scene, groups: int, accounts: int) -> Groups:
    """A group number for each account: `groups` groups of `accounts` each at full size."""
    return np.repeat(np.arange(groups), scene.sized(accounts, 12))


def own_domain(rng: np.random.Generator, group: Groups) -> NDArray[np.str_]:
    """Mail addresses at a domain of each group's own."""
    stem = np.char.add("firm", rng.permutation(9000)[: group.max() + 1].astype(str))
    local = np.char.partition(identities.emails(rng, len(group)), "@")[:, 0]
    return np.char.add(np.char.add(local, "@"), np.char.add(stem, ".example")[group])


def keys(rng: np.random.Generator, count: int) -> NDArray[np.uint64]:
    """Keys of texts that nobody else has."""
    return rng.integers(0, 1 << 63, count).astype(np.uint64)


def part(
    scene: Scene, rng: np.random.Generator, kind: str, crowd: People, group: Groups, speech: Voice, extra: Sessions | None = None
) -> Part:
    """The part of these people: what they do as people, and the sessions `extra`."""
    rows = people.traffic(scene, rng, crowd, speech)
    if extra is not None:
        rows = pl.concat([rows, people.unfold(scene, rng, crowd, extra, speech)])
    return enrolment.part(scene, rng, kind, crowd, rows, kind, np.char.add(f"{kind}-", (group + 1).astype(str)))
