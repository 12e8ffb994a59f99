"""Which account sends what: dispatchers, quota windows, rests after a 429, fail-over, bans and who comes after.

A *slot* is a place in a pool that one account at a time holds. Rows are frames of EXCHANGE with `account` = slot, and
`aim`: the number of the aim, -1 for customers.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate.campaigns import Pool
from ingest.simulate.prompts import Keys, mix
from ingest.simulate.scene import FORBIDDEN, HOUR, LIMITED, MINUTE, SECOND, Ints

_FILL = 40  # conversations that fill-first gives an account before the next one's turn
_GROUP = 6  # accounts of a workgroup, acting in the same second
_NEVER = np.iinfo(np.int64).max


def slots_of_jobs(rng: np.random.Generator, dispatcher: str, start: Ints, slots: Ints) -> Ints:
    """The slot of each conversation, in order of `start` (sorted)."""
    index, many = np.arange(len(start)), len(slots)
    if dispatcher == "least_loaded":
        turn = index // many
        chosen = (index + (mix(turn.astype(np.uint64), 71) % np.uint64(many)).astype(np.int64)) % many
    elif dispatcher == "fill_first":
        chosen = index // _FILL % many
    elif dispatcher == "sticky":
        worker = rng.integers(0, max(2, many // 2), len(start)).astype(np.uint64)
        phase = (mix(worker, 72) % np.uint64(HOUR)).astype(np.int64)
        chosen = (mix(worker, ((start + phase) // HOUR).astype(np.uint64), 73) % np.uint64(many)).astype(np.int64)
    elif dispatcher == "workgroups":
        groups = max(1, many // _GROUP)  # fixed groups, in another order each round; `in_step` puts each run of jobs into one second
        turn = index // _GROUP // groups
        group = (index // _GROUP + (mix(turn.astype(np.uint64), 74) % np.uint64(groups)).astype(np.int64)) % groups
        spare = np.where(group == groups - 1, many - groups * _GROUP, 0)
        chosen = (group * _GROUP + (index % _GROUP + turn * (spare > 0)) % (_GROUP + spare)) % many
    else:
        chosen = rng.integers(0, many, len(start))
    return slots[chosen]


def in_step(rng: np.random.Generator, start: Ints, share: float = 1.0) -> Ints:
    """Starts (sorted) drawn together, so that of every six jobs about `share` fall into one second."""
    head = start[np.arange(len(start)) // _GROUP * _GROUP]
    together = head // SECOND * SECOND + rng.integers(0, SECOND, len(start))
    return np.asarray(np.where(rng.random(len(start)) < share, together, start), np.int64)


def on_and_off(slot: Ints, at: Ints, hours: int, many: int) -> Ints:
    """With quota windows, half of the slots work at a time; all change at the same instant."""
    if hours == 0 or many < 2:
        return slot
    turn = at // (hours * HOUR) % 2
    return np.asarray(np.minimum(slot // 2 * 2 + turn, many - 1), np.int64)


def fail_over(rng: np.random.Generator, rows: pl.DataFrame, share: float, many: int, conversation: Ints) -> tuple[pl.DataFrame, Ints]:
    """Answer `share` of the requests with 429: sent again seconds later at another slot, where the conversation then stays.

    Rows of a conversation must be adjacent and in order. Returns the rows with the retries, and their conversations.
    """
    hits = np.flatnonzero(rng.random(rows.height) < share)
    if many < 2 or not len(hits):
        return rows, conversation
    hits = hits[np.unique(conversation[hits], return_index=True)[1]]
    hit_row = np.full(int(conversation.max()) + 1, rows.height)
    hit_row[conversation[hits]] = hits
    moved = np.arange(rows.height) > hit_row[conversation]
    hop = (1 + rng.integers(0, many - 1, len(hit_row)))[conversation] * moved
    delay = (rng.integers(1, 8, len(hit_row)) * SECOND)[conversation] * moved
    status = rows["status"].to_numpy().copy()
    status[hits] = LIMITED
    later = rows.with_columns(
        account=pl.Series((rows["account"].to_numpy() + hop) % many).cast(pl.Int32),
        at=pl.Series(rows["at"].to_numpy() + delay),
        status=pl.Series(status),
    )
    first = hop_of(rng, rows, hits, conversation, hop, many)
    return pl.concat([later, first]), np.concatenate([conversation, conversation[hits]])


def hop_of(rng: np.random.Generator, rows: pl.DataFrame, hits: Ints, conversation: Ints, hop: Ints, many: int) -> pl.DataFrame:
    """The retries of the rows `hits`: same request, 1 to 3 seconds on, at the slot to which the conversation moved."""
    following = np.minimum(hits + 1, rows.height - 1)
    same = (conversation[following] == conversation[hits]) & (hop[following] > 0)
    step = np.where(same, hop[following], 1 + rng.integers(0, many - 1, len(hits)))
    again = rows[hits]
    return again.with_columns(
        account=pl.Series((again["account"].to_numpy() + step) % many).cast(pl.Int32),
        at=pl.Series(again["at"].to_numpy() + rng.integers(SECOND, 3 * SECOND, len(hits))),
    )


def rest(rng: np.random.Generator, rows: pl.DataFrame, many: int) -> pl.DataFrame:
    """After a 429 an account rests for 20 minutes; what would have come to it goes elsewhere."""
    slot, at = rows["account"].to_numpy().astype(np.int64), rows["at"].to_numpy()
    hits = rows["status"].to_numpy() == LIMITED
    span = 1 << 44  # longer than any world, in microseconds
    stops = np.sort(slot[hits] * span + at[hits])
    if not len(stops) or many < 2:
        return rows
    place = slot * span + at
    before = stops[np.maximum(np.searchsorted(stops, place) - 1, 0)]
    resting = (before < place) & (place - before < 20 * MINUTE)
    elsewhere = np.where(resting, (slot + 1 + rng.integers(0, many - 1, len(slot))) % many, slot)
    return rows.with_columns(account=pl.Series(elsewhere).cast(pl.Int32))


@dataclass(frozen=True)
class Tenure:
    """Who holds each slot: account = slot until `banned`, then account `successor` from `opened` on (microseconds)."""

    banned: Ints
    opened: Ints
    successor: Ints

    @property
    def accounts(self) -> int:
        return int(max(len(self.banned), self.successor.max(initial=-1) + 1))


def tenure(rng: np.random.Generator, pool: Pool, first: int, last: int) -> Tenure:
    """Draw the bans of a pool that works between two instants, and when each place is filled again."""
    many, span = pool.accounts, last - first
    banned = np.full(many, _NEVER)
    opened = np.full(many, _NEVER)
    if pool.bans == "some":
        hit = rng.choice(many, max(1, int(many * rng.uniform(0.1, 0.35))), replace=False)
        banned[hit] = first + (rng.uniform(0.2, 0.9, len(hit)) * span).astype(np.int64)
        opened[hit] = banned[hit] + rng.integers(10 * MINUTE, 5 * HOUR, len(hit))
    elif pool.bans == "all":
        day = first + int(rng.uniform(0.4, 0.6) * span)
        banned = day + rng.integers(0, 2 * HOUR, many)
        opened = day + int(rng.integers(4, 30)) * HOUR + rng.integers(0, 3 * HOUR, many)
    successor = np.full(many, -1)
    gone = np.flatnonzero(banned < _NEVER)
    successor[gone] = many + np.arange(len(gone))
    return Tenure(banned, opened, successor)


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
    for _ in range(4):
        homeless = account < 0
        slot = np.where(homeless, (slot + 1 + rng.integers(0, max(1, many - 1), len(slot))) % many, slot)
        account = _holder(slot, moved, places)
    settled = rows.with_columns(account=pl.Series(account).cast(pl.Int32), at=pl.Series(moved)).filter(pl.Series(account >= 0))
    return pl.concat([settled, refusals]).sort("at", "account", maintain_order=True)


def _first_after_ban(slot: Ints, at: Ints, places: Tenure) -> NDArray[np.intp]:
    late = np.flatnonzero((at >= places.banned[slot]) & (at < places.opened[slot]))
    return late[np.unique(slot[late], return_index=True)[1]]


def _holder(slot: Ints, at: Ints, places: Tenure) -> Ints:
    return np.select([at < places.banned[slot], at >= places.opened[slot]], [slot, places.successor[slot]], -1)


def conversation_ids(sessions: str, conversation: Ints, first_key: Keys, account: Ints, salt: int) -> Keys:
    """Session ids: hashed from the content, so the same at every account, or new at every account."""
    if sessions == "content":
        return mix(first_key, salt)
    return mix(conversation.astype(np.uint64), account.astype(np.uint64), salt)
