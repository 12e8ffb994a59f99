"""Who holds a place in a pool, from when to when: sign-ups while the pool works, bans, and who comes after."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate.campaigns import Pool
from ingest.simulate.scene import FORBIDDEN, HOUR, MINUTE, SECOND, Ints

_NEVER = np.iinfo(np.int64).max
_TRIES = 12  # places that a request tries before it is lost


@dataclass(frozen=True)
class Tenure:
    """Who holds each slot: account = slot from `begins` to `banned`, then account `successor` from `opened` on (microseconds)."""

    begins: Ints
    banned: Ints
    opened: Ints
    successor: Ints

    @property
    def accounts(self) -> int:
        return int(max(len(self.banned), self.successor.max(initial=-1) + 1))


def tenure(rng: np.random.Generator, pool: Pool, first: int, last: int) -> Tenure:
    """Draw the sign-ups and bans of a pool that works between two instants, and when each place is filled again."""
    many, span = pool.accounts, last - first
    begins, banned, opened = np.full(many, -1), np.full(many, _NEVER), np.full(many, _NEVER)
    if pool.signup == "drip":  # a third is there from the start, the others join one after the other
        joins = (rng.uniform(-0.35, 0.7, many) * span).astype(np.int64)
        begins = np.where(joins > 0, first + joins, -1)
        begins[0] = -1
    if pool.bans == "some":
        hit = rng.choice(many, max(1, int(many * rng.uniform(0.1, 0.35))), replace=False)
        banned[hit] = first + (rng.uniform(0.2, 0.9, len(hit)) * span).astype(np.int64)
        opened[hit] = banned[hit] + rng.integers(10 * MINUTE, 5 * HOUR, len(hit))
    elif pool.bans == "batches":
        waves = int(rng.integers(3, 6))
        when = first + (np.linspace(0.2, 0.85, waves) * span).astype(np.int64)
        hit = rng.choice(many, max(waves, int(many * rng.uniform(0.3, 0.7))), replace=False)
        wave = np.arange(len(hit)) % waves
        banned[hit] = when[wave] + rng.integers(0, 20 * MINUTE, len(hit))
        opened[hit] = (when + rng.integers(3, 36, waves) * HOUR)[wave] + rng.integers(0, HOUR, len(hit))
    elif pool.bans == "all":
        day = first + int(rng.uniform(0.4, 0.6) * span)
        banned = day + rng.integers(0, 2 * HOUR, many)
        opened = day + int(rng.integers(4, 30)) * HOUR + rng.integers(0, 3 * HOUR, many)
    banned = np.where((banned < _NEVER) & (banned <= begins), begins + HOUR, banned)  # nobody is banned before they come
    opened = np.where(banned < _NEVER, np.maximum(opened, banned + 10 * MINUTE), opened)
    successor = np.full(many, -1)
    gone = np.flatnonzero(banned < _NEVER)
    successor[gone] = many + np.arange(len(gone))
    return Tenure(begins, banned, opened, successor)


def hold(rng: np.random.Generator, rows: pl.DataFrame, places: Tenure) -> pl.DataFrame:
    """Slots to accounts. A request that meets a ban is refused (403) and goes on elsewhere; what finds no place is lost."""
    many = len(places.banned)
    rows = rows.sort("at", maintain_order=True)
    slot, at = rows["account"].to_numpy().astype(np.int64), rows["at"].to_numpy()
    refused = _first_after_ban(slot, at, places)
    refusals = rows[refused].with_columns(status=pl.lit(FORBIDDEN, pl.Int8))
    moved = at.copy()
    moved[refused] += rng.integers(2 * SECOND, 8 * SECOND, len(refused))
    account = _holder(slot, moved, places)
    for _ in range(_TRIES):
        homeless = np.flatnonzero(account < 0)
        if not len(homeless):
            break
        slot = _next(rng, slot, homeless, many)
        account = _holder(slot, moved, places)
    settled = rows.with_columns(account=pl.Series(account).cast(pl.Int32), at=pl.Series(moved)).filter(pl.Series(account >= 0))
    return pl.concat([settled, refusals]).sort("at", "account", maintain_order=True)


def _next(rng: np.random.Generator, slot: Ints, homeless: NDArray[np.intp], many: int) -> Ints:
    """The slots, with another one for each homeless request."""
    tried = slot.copy()
    tried[homeless] = (slot[homeless] + 1 + rng.integers(0, max(1, many - 1), len(homeless))) % many
    return tried


def _first_after_ban(slot: Ints, at: Ints, places: Tenure) -> NDArray[np.intp]:
    late = np.flatnonzero((at >= places.banned[slot]) & (at < places.opened[slot]))
    return late[np.unique(slot[late], return_index=True)[1]]


def _holder(slot: Ints, at: Ints, places: Tenure) -> Ints:
    there = (at >= places.begins[slot]) & (at < places.banned[slot])
    return np.select([there, at >= places.opened[slot]], [slot, places.successor[slot]], -1)
