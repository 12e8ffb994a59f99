"""When things happen: the week of a person, the bursts of a session, the arrivals of a machine's jobs."""

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.scene import DAY, HOUR, SECOND, Floats, Ints

# Relative activity by local hour, 0 to 23.
_OFFICE = [0, 0, 0, 0, 0, 0, 1, 4, 12, 22, 24, 22, 14, 18, 22, 22, 18, 11, 5, 3, 2, 2, 1, 0]
_EVENING = [3, 1, 1, 0, 0, 0, 1, 3, 4, 4, 5, 5, 6, 5, 5, 6, 7, 9, 12, 15, 17, 16, 12, 7]
_SPREAD = [4, 3, 2, 2, 2, 3, 4, 6, 8, 9, 10, 10, 9, 9, 10, 10, 9, 8, 8, 8, 8, 8, 7, 6]
_NIGHT = [14, 12, 9, 5, 3, 2, 1, 1, 2, 3, 3, 4, 4, 4, 4, 5, 5, 6, 7, 8, 10, 12, 14, 15]
_FLAT = [1] * 24
RHYTHMS: Floats = np.array([_OFFICE, _EVENING, _SPREAD, _NIGHT, _FLAT], dtype=np.float64)
OFFICE, EVENING, SPREAD, NIGHT, FLAT = range(5)
_RHYTHMS_CUMULATED = np.cumsum(RHYTHMS / RHYTHMS.sum(axis=1, keepdims=True), axis=1)
_WEEKEND = np.array([0.12, 1.25, 0.8, 1.1, 1.0])  # activity on Saturday and Sunday against a weekday, by rhythm


def session_counts(rng: np.random.Generator, per_day: Floats, rhythm: NDArray[np.int8], activity: Floats, burst: float = 0.6) -> Ints:
    """Sessions of each person on each day (people × days): Poisson whose mean varies by weekday, by `activity` (the same shape) and by a
    gamma with shape `burst`."""
    days = activity.shape[1]
    weekend = np.where((np.arange(days) % 7)[None, :] >= 5, _WEEKEND[rhythm][:, None], 1.0)
    mood = rng.gamma(burst, 1 / burst, (len(per_day), days))
    return rng.poisson(per_day[:, None] * weekend * mood * activity)


def session_starts(rng: np.random.Generator, counts: Ints, rhythm: NDArray[np.int8], zone: Floats) -> tuple[Ints, Ints]:
    """(person, microseconds since START) of every session: local hours by rhythm, moved to UTC by `zone` hours."""
    person, day = np.nonzero(counts)
    repeat = counts[person, day]
    person, day = np.repeat(person, repeat), np.repeat(day, repeat)
    hour = clock_hours(rng, rhythm[person])
    start = day * DAY + ((hour - zone[person]) * HOUR).astype(np.int64)
    return person, start


def clock_hours(rng: np.random.Generator, rhythm: NDArray[np.int8]) -> Floats:
    """A local time of day, in hours, for each row's rhythm."""
    chance = rng.random(len(rhythm))
    whole = (chance[:, None] >= _RHYTHMS_CUMULATED[rhythm]).sum(axis=1)
    hours: Floats = np.minimum(whole, 23) + rng.random(len(rhythm))
    return hours


def turns(rng: np.random.Generator, mean: Floats) -> Ints:
    """Length of each session: geometric, at least 1."""
    return np.minimum(rng.geometric(1 / np.maximum(mean, 1.0)), 80)


def unroll(rng: np.random.Generator, start: Ints, length: Ints, gap_seconds: Floats, spread: float = 1.1) -> tuple[Ints, Ints, Ints]:
    """Sessions to exchanges: (session row, turn, microseconds). Gaps are log-normal about `gap_seconds`, as people read and type."""
    session = np.repeat(np.arange(len(start)), length)
    begins = np.cumsum(length) - length
    turn = np.arange(len(session)) - begins[session]
    gap = rng.lognormal(0, spread, len(session)) * gap_seconds[session] * SECOND
    gap[turn == 0] = 0
    total = np.cumsum(gap)
    at = start[session] + (total - total[begins[session]]).astype(np.int64)
    return session, turn, at


def steady(rng: np.random.Generator, count: int, first: int, last: int, rhythm: int, zone: float) -> Ints:
    """`count` arrivals of a machine's jobs between two instants: evenly drawn days, hours by `rhythm`, sorted."""
    day = rng.integers(first // DAY, max(first // DAY + 1, -(-last // DAY)), 2 * count + 8)
    hour = clock_hours(rng, np.full(len(day), rhythm, np.int8))
    at = day * DAY + ((hour - zone) % 24 * HOUR).astype(np.int64)
    at = at[(at >= first) & (at < last)][:count]
    return np.sort(at)
