"""The raw rows behind a test of timing: where one account met others, in the second, the session, the request, the turn.

A test is over a whole night; these are the moments it counted, looked up again for few accounts. What is seen between two accounts here
is no evidence by itself: how much of it chance makes is what the test is about.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from graph.chance import tail_bits
from graph.explain.model import ROWS_SHOWN
from graph.explain.rows import Met, as_rows

# As in graph.signals: relay, rotation and coaction keep these private; a test holds both to the same values.
PROMPT_SECONDS, SESSION_SECONDS = 20, 3600
REFUSED, REST_SECONDS, FRESH_SECONDS, REFUSAL_SECONDS = ("429", "403"), 300, 60, 20
PAUSE_SECONDS, LEAST_REQUESTS, TURN_SECONDS = 900, 8, 300
OBJECT_SECONDS = 30
SECONDS = "same second"  # the kind of term that `beat` of two accounts makes
_CYCLE = re.compile(r"turns of (\d+) hours$")
_CALIBRATOR = 0.25  # e = k p^(k-1), Vovk and Wang 2021, as graph.rhythm has it
# The column by which accounts meet, beside the time.
MET_BY = {"relayed prompt": "prompt_id", "relayed session": "session_id", "common session ids": "session_id", "fail-over": "status"}


def meetings(kind: str, one: str, exchanges: pl.DataFrame, objects: pl.DataFrame) -> Met:
    """The moments of a tested kind in which `one` met any of the other accounts of `exchanges` (or `objects`); none for other kinds."""
    find = _FINDERS.get(kind)
    found = find(one, objects if kind == "co-action group" else exchanges) if find else None
    if found is None or found.is_empty():
        return Met((), 0)
    found = found.sort("at", "other", maintain_order=True)
    return Met(as_rows(found.head(ROWS_SHOWN).rename({"at": "occurred_at"}), "occurred_at"), found.height)


def same_seconds(one: str, exchanges: pl.DataFrame) -> pl.DataFrame:
    """Seconds in which `one` and another account both acted: at, account_id, other."""
    seconds = exchanges.select("account_id", at=pl.col("occurred_at").dt.truncate("1s")).unique(maintain_order=True)
    own, others = _split(seconds, one)
    return own.join(others.rename({"account_id": "other"}), on="at").select("account_id", "at", "other")


def repeated_requests(one: str, exchanges: pl.DataFrame) -> pl.DataFrame:
    """Requests that `one` and another sent word for word within PROMPT_SECONDS: the nearest of each of `one`'s."""
    return _nearest(one, exchanges, "prompt_id", PROMPT_SECONDS)


def carried_sessions(one: str, exchanges: pl.DataFrame) -> pl.DataFrame:
    """Sessions that `one` and another both sent in within SESSION_SECONDS, one row a session and account: where they came closest."""
    return _closest(_nearest(one, exchanges, "session_id", SESSION_SECONDS), "session_id")


def common_ids(one: str, exchanges: pl.DataFrame) -> pl.DataFrame:
    """Session ids that `one` and another both sent, at whatever time, one row an id and account."""
    return _closest(_nearest(one, exchanges, "session_id", None), "session_id")


def turns(one: str, exchanges: pl.DataFrame) -> pl.DataFrame:
    """Spells of `one` that began soon after another's end, or the other way round: at (the start), stopped, account_id, other."""
    spells = _spells(exchanges)
    own, others = _split(spells, one)
    came = own.select("account_id", at="start").join(others.select(other="account_id", stopped="end"), how="cross")
    went = others.select(other="account_id", at="start").join(own.select("account_id", stopped="end"), how="cross")
    both = pl.concat([came.with_columns(began="account_id"), went.with_columns(began="other").select(*came.columns, "began")])
    return both.filter((pl.col("at") - pl.col("stopped")).is_between(pl.duration(seconds=0), pl.duration(seconds=TURN_SECONDS)))


def refusals(one: str, exchanges: pl.DataFrame) -> pl.DataFrame:
    """Beginnings of `one` just after another was refused and rested, or the other way round: at, account_id, other, refused, began."""
    rows = exchanges.select("account_id", "status", at="occurred_at").sort("account_id", "at", "status")
    before, after = (pl.col("at").diff(n).abs().over("account_id") for n in (1, -1))
    ends = rows.filter(pl.col("status").is_in(REFUSED) & (after.is_null() | (after > pl.duration(seconds=REST_SECONDS))))
    starts = rows.filter(before.is_null() | (before > pl.duration(seconds=FRESH_SECONDS)))
    pairs = ends.select(refused="account_id", refused_at="at").join(starts.select("at", began="account_id"), how="cross")
    follows = (pl.col("at") - pl.col("refused_at")).is_between(pl.duration(seconds=0), pl.duration(seconds=REFUSAL_SECONDS))
    between = pl.col("refused") != pl.col("began")
    ours = (pl.col("refused") == one) | (pl.col("began") == one)
    other = pl.when(pl.col("began") == one).then("refused").otherwise("began")
    told = pairs.filter(follows & between & ours).with_columns(account_id=pl.lit(one), other=other)
    return told.select("account_id", "at", "other", "refused", "refused_at", "began")


def same_objects(one: str, objects: pl.DataFrame) -> pl.DataFrame:
    """Objects that `one` and another acted on within OBJECT_SECONDS."""
    named = objects.select("account_id", "occurred_at", object=pl.concat_str("kind", "object_id", separator=" "))
    return _nearest(one, named, "object", OBJECT_SECONDS)


_FINDERS: dict[str, Callable[[str, pl.DataFrame], pl.DataFrame]] = {
    "workgroup": same_seconds,
    SECONDS: same_seconds,
    "relayed prompt": repeated_requests,
    "relayed session": carried_sessions,
    "common session ids": common_ids,
    "rotation": turns,
    "fail-over": refusals,
    "co-action group": same_objects,
}


def cycle_hours(label: str, exchanges: pl.DataFrame, first: dt.datetime) -> Met | None:
    """In how many hours each account was active, by hour of the cycle that `label` names, most first; None where it names none."""
    named = _CYCLE.search(label)
    if named is None:
        return None
    at = (pl.col("occurred_at").dt.truncate("1h") - first).dt.total_hours()
    folded = (
        exchanges.select("account_id", at=at)
        .unique()
        .group_by("account_id", hour_of_cycle=pl.col("at") % int(named[1]))
        .agg(hours_active=pl.len())
        .with_columns(of_all=(pl.col("hours_active") / pl.col("hours_active").sum().over("account_id")).round(3))
        .sort(["hours_active", "account_id", "hour_of_cycle"], descending=[True, False, False])
    )
    return Met(tuple(folded.head(ROWS_SHOWN).iter_rows(named=True)), folded.height)


def _split(frame: pl.DataFrame, one: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    return frame.filter(pl.col("account_id") == one), frame.filter(pl.col("account_id") != one)


def _nearest(one: str, rows: pl.DataFrame, by: str, seconds: int | None) -> pl.DataFrame:
    """at, account_id, other, other_at, `by`: for each row of `one` and each other account the row nearest in time with the same `by`."""
    own, others = _split(rows.filter(pl.col(by).is_not_null()).select("account_id", by, at="occurred_at"), one)
    common = others.join(own.select(by).unique(), on=by, how="semi")
    pairs = own.join(common.select(by, other="account_id", other_at="at"), on=by)
    apart = (pl.col("at") - pl.col("other_at")).abs()
    near = pairs if seconds is None else pairs.filter(apart <= pl.duration(seconds=seconds))
    nearest = near.sort(apart, "at", "other_at").unique(["account_id", by, "at", "other"], keep="first", maintain_order=True)
    return nearest.select("account_id", "at", "other", "other_at", by)


def _closest(pairs: pl.DataFrame, by: str) -> pl.DataFrame:
    apart = (pl.col("at") - pl.col("other_at")).abs()
    return pairs.sort(apart, "at", "other").unique([by, "other"], keep="first", maintain_order=True)


def _spells(exchanges: pl.DataFrame) -> pl.DataFrame:
    """account_id, start, end of every run of LEAST_REQUESTS or more without a pause over PAUSE_SECONDS."""
    rows = exchanges.select("account_id", "occurred_at").sort("account_id", "occurred_at")
    gap = pl.col("occurred_at") - pl.col("occurred_at").shift(1).over("account_id")
    fresh = gap.is_null() | (gap > pl.duration(seconds=PAUSE_SECONDS))
    return (
        rows.with_columns(spell=fresh.cum_sum())
        .group_by("account_id", "spell", maintain_order=True)
        .agg(start=pl.col("occurred_at").min(), end=pl.col("occurred_at").max(), n=pl.len())
        .filter(pl.col("n") >= LEAST_REQUESTS)
    )


@dataclass(frozen=True)
class Beat:
    """Seconds that two accounts share, what their hourly rhythms lead to expect, and bits: the logarithm of an e-value made of it."""

    seconds: int
    expected: float
    bits: float


def beat(one: str, two: str, exchanges: pl.DataFrame) -> Beat:
    """Same-second coincidences of two accounts, without the seconds of the hour that one of them keeps returning to (jobs on the clock)."""
    seconds = (
        exchanges.filter(pl.col("account_id").is_in([one, two]))
        .select("account_id", s=pl.col("occurred_at").dt.timestamp("us") // 1_000_000)
        .unique()
        .filter(pl.len().over("account_id", pl.col("s") % 3600) <= 2 + pl.len().over("account_id") / 300)
    )
    own, other = (seconds.filter(pl.col("account_id") == account) for account in (one, two))
    shared = own.join(other, on="s").height
    hourly = [side.group_by(hour=pl.col("s") // 3600).agg(k=pl.len().cast(pl.Float64)) for side in (own, other)]
    expected = float(hourly[0].join(hourly[1], on="hour").select((pl.col("k") * pl.col("k_right")).sum() / 3600).item())
    if not shared or not expected:
        return Beat(shared, expected, 0.0)
    surprise = float(tail_bits(pl.Series([shared]), pl.Series([expected]))[0])
    return Beat(shared, expected, max(0.0, float(np.log2(_CALIBRATOR)) + (1 - _CALIBRATOR) * surprise))
