"""Which account sends what: dispatchers, quota windows, rests after a 429 and fail-over. (Bans and who comes after: `tenure.py`.)

A *slot* is a place in a pool that one account at a time holds. Rows are frames of EXCHANGE with `account` = slot, and
`aim`: the number of the aim, -1 for customers.
"""

import heapq
import itertools

import numpy as np
import polars as pl

from ingest.simulate import identities, timing
from ingest.simulate.prompts import Keys, mix
from ingest.simulate.scene import DAY, HOUR, LIMITED, MINUTE, SECOND, Ints

_FILL = 40  # conversations that fill-first gives an account before the next one's turn
_GROUP = 6  # accounts of a workgroup, acting in the same second


def slots_of_jobs(rng: np.random.Generator, dispatcher: str, start: Ints, slots: Ints, cooldown_hours: int = 0) -> Ints:
    """The slot of each conversation, in order of `start` (sorted)."""
    index, many = np.arange(len(start)), len(slots)
    if dispatcher == "least_loaded":
        turn = index // many
        chosen = (index + (mix(turn.astype(np.uint64), 71) % np.uint64(many)).astype(np.int64)) % many
    elif dispatcher == "fill_first":
        chosen = _filled(rng, start, many, cooldown_hours)
    elif dispatcher == "human":
        chosen = _at_peoples_hours(rng, start, many)
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


def _filled(rng: np.random.Generator, start: Ints, many: int, cooldown_hours: int) -> Ints:
    """The first account that is free, until it is full; then it rests. The order of accounts is another one every day.

    Without a cool-down an account rests until all others had their turn. One step of Python a filled account.
    """
    index = np.arange(len(start))
    if cooldown_hours == 0:
        return np.asarray(index // _FILL % many, np.int64)
    rank, today = rng.permutation(many), 0
    free, resting, chosen = [(int(rank[slot]), slot) for slot in range(many)], list[tuple[int, int]](), list[int]()
    heapq.heapify(free)
    for at in start[::_FILL].tolist():
        if at // DAY != today:
            today, rank = at // DAY, rng.permutation(many)
            free = [(int(rank[slot]), slot) for _, slot in free]
            heapq.heapify(free)
        while resting and (resting[0][0] <= at or not free):
            slot = heapq.heappop(resting)[1]
            heapq.heappush(free, (int(rank[slot]), slot))
        chosen.append(heapq.heappop(free)[1])
        heapq.heappush(resting, (at + cooldown_hours * HOUR, chosen[-1]))
    return np.asarray(chosen, np.int64)[index // _FILL]


def _at_peoples_hours(rng: np.random.Generator, start: Ints, many: int) -> Ints:
    """Each account works as one person would: volumes of a heavy tail, hours of a rhythm and zone, good and bad days."""
    weight = rng.lognormal(0, 0.9, many)
    rhythm = timing.RHYTHMS[rng.choice(3, many, p=[0.35, 0.4, 0.25])]
    local = (np.arange(24)[:, None] + rng.choice(identities.ZONES, many).astype(np.int64)[None, :]) % 24
    awake = rhythm[np.arange(many)[None, :], local] + 0.01
    hour = start // HOUR
    chosen = np.empty(len(start), np.int64)
    bounds = np.flatnonzero(np.diff(hour, prepend=-1, append=-1))
    today, mood = -1, np.ones(many)
    for low, high in itertools.pairwise(bounds):
        if hour[low] // 24 != today:
            today, mood = int(hour[low]) // 24, rng.gamma(0.5, 2, many) + 1e-6
        total = np.cumsum(weight * mood * awake[hour[low] % 24])
        chosen[low:high] = np.searchsorted(total, rng.random(high - low) * total[-1])
    return np.minimum(chosen, many - 1)


def in_step(rng: np.random.Generator, start: Ints, share: float = 1.0) -> Ints:
    """Starts (sorted) drawn together, so that of every six jobs about `share` fall into one second."""
    head = start[np.arange(len(start)) // _GROUP * _GROUP]
    together = head // SECOND * SECOND + rng.integers(0, SECOND, len(start))
    return np.asarray(np.where(rng.random(len(start)) < share, together, start), np.int64)


def on_and_off(slot: Ints, at: Ints, hours: int, many: int, phases: int = 2) -> Ints:
    """With quota windows, one of `phases` slots works at a time; all change at the same instant."""
    if hours == 0 or many < phases:
        return slot
    turn = at // (hours * HOUR) % phases
    return np.asarray(np.minimum(slot // phases * phases + turn, many - 1), np.int64)


def fail_over(
    rng: np.random.Generator, rows: pl.DataFrame, share: float, many: int, conversation: Ints, retry: str = "same"
) -> tuple[pl.DataFrame, Ints]:
    """Answer `share` of the requests with 429: sent again seconds later at another slot, where the conversation then stays.

    retry: the request goes out in the same words, or `reworded`, as when the software sums up the conversation for the new account.
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
    if retry == "reworded":
        first = first.with_columns(key=pl.Series(mix(first["key"].to_numpy(), 75)))
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


def conversation_ids(sessions: str, conversation: Ints, first_key: Keys, account: Ints, salt: int) -> Keys:
    """Session ids: hashed from the content, so the same at every account, or new at every account."""
    if sessions == "content":
        return mix(first_key, salt)
    return mix(conversation.astype(np.uint64), account.astype(np.uint64), salt)
