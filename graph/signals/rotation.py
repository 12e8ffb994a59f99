"""Rotation: when one account stops the next one starts, again and again in the same order, as a dispatcher fills one after the other.

Two marks. A spell (a run of requests without a long pause) that ends as another account's begins; and a request that was refused, after
which the account rests and another begins at once, as when a dispatcher goes on elsewhere with whatever is next.
Jobs on the clock are set aside first, as in graph.signals.synchrony: two of them follow each other whenever their minutes do.
"""

import numpy as np
import polars as pl

from graph.night import Night
from graph.signals.base import Signal
from graph.signals.seconds import moments, silent, unpacked
from graph.signals.turns import FDR, Turn, off_the_clock, taking_turns
from graph.vocabulary import Channel

_PAUSE_SECONDS = 900  # ends a spell
_LEAST_REQUESTS = 8  # of a spell; people's are mostly shorter
_LEAST_SPELLS = 3
_DAY = 86_400
_AFTER_A_SPELL = Turn(within=300, cell=_DAY, awake=_DAY // 3)

_REST_SECONDS = 300  # of an account that was refused
_FRESH_SECONDS = 60  # of silence before a beginning
_REFUSED = ("429", "403")
_AFTER_A_REFUSAL = Turn(within=20, cell=1800, awake=1800)  # waves of refusals slower than half an hour are chance


def rotations(night: Night) -> pl.LazyFrame:
    """When one account's spell of work ends another's begins within minutes, the same pairs in the same order again and again."""
    spells = _spells(night)
    return taking_turns(night, "rotation", spells.select("account", s="end"), spells.select("account", s="start"), _AFTER_A_SPELL)


def _spells(night: Night) -> pl.DataFrame:
    """account (number), start, end (seconds) of every spell of at least _LEAST_REQUESTS.

    Without those that begin at a minute of the hour at which the account's usually do.
    """
    packed = moments(night)
    first = np.flatnonzero(silent(packed, _PAUSE_SECONDS))
    last = np.append(first[1:], len(packed)) - 1
    long = last - first + 1 >= _LEAST_REQUESTS
    spells = unpacked(packed[first[long]]).select("account", start="s", end=unpacked(packed[last[long]])["s"])
    return spells.filter(off_the_clock("start")).filter(pl.len().over("account") >= _LEAST_SPELLS)


def fail_overs(night: Night) -> pl.LazyFrame:
    """After one account is refused and rests another begins within seconds, the same pairs again and again."""
    packed = moments(night, pl.col("status").is_in(_REFUSED))
    rests = np.append(silent(packed, _REST_SECONDS)[1:], True)[: len(packed)]
    refused = unpacked(packed[rests & (packed & 1 == 1)])
    begun = unpacked(packed[silent(packed, _FRESH_SECONDS)])
    ends, starts = (rows.select("account", "s").filter(off_the_clock("s")) for rows in (refused, begun))
    return taking_turns(night, "fail-over", ends, starts, _AFTER_A_REFUSAL)


SIGNALS = (
    Signal(
        Channel.TIMING,
        "rotation",
        "{members} of {accounts} accounts take over from each other in turns",
        ("exchanges", ("occurred_at",)),
        rotations,
        doubt=FDR,
        conclusive=True,
    ),
    Signal(
        Channel.TIMING,
        "fail-over",
        "{members} of {accounts} accounts begin within seconds after another of them was refused",
        ("exchanges", ("status",)),
        fail_overs,
        doubt=FDR,
        conclusive=True,
    ),
)
