"""What an investigator has filtered: channels and days. It stands in the URL, so that a link shows the same view."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from graph.vocabulary import CHANNELS, Channel


@dataclass(frozen=True)
class View:
    """Channels that count, and the days (UTC, both included) to look at; None means no limit."""

    channels: tuple[Channel, ...] = CHANNELS
    first: dt.date | None = None
    last: dt.date | None = None


def parse(values: object) -> View:
    """A view from URL parameters or stored state (channels=payment,ip; from, to: ISO days). What makes no sense is left out."""
    values = values if isinstance(values, Mapping) else {}
    first, last = _day(values.get("from")), _day(values.get("to"))
    if first and last and first > last:
        first, last = last, first
    return View(_channels(values.get("channels")), first, last)


def state(view: View) -> dict[str, str]:
    """The parameters that `parse` turns into `view`; what is unlimited is absent."""
    parts = {"channels": "" if view.channels == CHANNELS else ",".join(view.channels) or "none"}
    parts |= {"from": view.first.isoformat() if view.first else "", "to": view.last.isoformat() if view.last else ""}
    return {name: value for name, value in parts.items() if value}


def _channels(value: object) -> tuple[Channel, ...]:
    if not isinstance(value, str) or not value:
        return CHANNELS
    wanted = set(value.split(","))
    known = tuple(channel for channel in CHANNELS if channel.value in wanted)
    return known if known or wanted == {"none"} else CHANNELS


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def overlaps(view: View) -> pl.Expr:
    """True for rows whose first_seen to last_seen touches the days of `view`."""
    kept = pl.lit(True)
    if view.first:
        kept &= pl.col("last_seen").dt.date() >= view.first
    if view.last:
        kept &= pl.col("first_seen").dt.date() <= view.last
    return kept


def counts(view: View) -> pl.Expr:
    """True for rows with a `channel` that counts in `view`."""
    return pl.col("channel").is_in([channel.value for channel in view.channels])
