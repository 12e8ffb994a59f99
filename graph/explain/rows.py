"""The raw rows behind an entity: what stands in the stored tables, column by column as it came in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
import polars.selectors as cs

from graph.explain.model import ROWS_SHOWN
from graph.night import Night
from graph.signals.base import joined
from graph.signals.payment import PROGRAMME, identities, own_cards
from graph.signals.registration import THROWAWAY, phone_block
from graph.signals.upgrades import moments

_TIME = {"payments": "paid_at", "exchanges": "occurred_at", "accounts": "created_at", "fragments": "first_at", "objects": "occurred_at"}


@dataclass(frozen=True)
class Source:
    """Where the rows of a kind lie, which value they have (as the signal makes it), and what of them is shown."""

    table: str
    value: pl.Expr
    shown: tuple[str, ...]


_HOUR = pl.col("created_at").dt.truncate("1h").dt.to_string("%Y-%m-%d %Hh UTC")
_DOOR = pl.concat_str([pl.col("signup_program").fill_null("no programme"), _HOUR], separator=" · ", ignore_nulls=False)
SOURCES: dict[str, Source] = {
    "card": Source("payments", pl.col("card_fingerprint"), ("card_fingerprint", "card_bin", "issuer", "amount", "currency")),
    "card programme": Source("own cards", PROGRAMME, ("card_bin", "issuer", "card_fingerprint", "amount", "currency")),
    "billing": Source("identities", pl.col("value"), ("billing_name", "billing_address", "billing_country")),
    "address": Source("exchanges", pl.col("ip"), ("exchange_id", "ip", "model")),
    "network": Source("exchanges", pl.col("ip_net"), ("exchange_id", "ip", "ip_net")),
    "sign-up network": Source("accounts", pl.col("signup_net"), ("signup_ip", "signup_net")),
    "client": Source("exchanges", joined("user_agent", "client_version"), ("exchange_id", "user_agent", "client_version")),
    "session": Source("exchanges", pl.col("session_id"), ("exchange_id", "session_id")),
    "throwaway domain": Source("accounts", pl.lit(THROWAWAY), ("email_domain",)),
    "phone block": Source("accounts", phone_block(), ("phone",)),
    "mail shape": Source("accounts", joined("email_pattern", "email_domain"), ("email_pattern", "email_domain")),
    "sign-up hour": Source("accounts", _DOOR, ("signup_program",)),
    "sentence": Source("fragments", pl.col("fragment_id").cast(pl.String), ("prompt_id", "n", "last_at")),
    "object": Source("objects", pl.concat_str([pl.col("kind"), pl.col("object_id")], separator=" "), ("exchange_id", "kind", "object_id")),
    "upgrade": Source("moments", pl.concat_str("version", "moment", separator=" · "), ("before", "version_before", "version")),
}
_TIME |= {"moments": "at", "identities": "paid_at", "own cards": "paid_at"}


@dataclass(frozen=True)
class Met:
    """The first raw rows, and how many there are."""

    rows: tuple[dict[str, Any], ...]
    total: int


def raw_rows(night: Night, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], Met]:
    """The first raw rows of each (kind, value) of `wanted`, of the accounts that `night` holds, in turns so that each is seen."""
    found: dict[tuple[str, str], Met] = {}
    for kind in sorted({kind for kind, _ in wanted}):
        held = _held(night, SOURCES[kind], [value for other, value in wanted if other == kind])
        for (value,), rows in held.group_by("_value", maintain_order=True):
            found[kind, str(value)] = Met(as_rows(rows.drop("_value").head(ROWS_SHOWN), _TIME[SOURCES[kind].table]), rows.height)
    return found


def _held(night: Night, source: Source, values: list[str]) -> pl.DataFrame:
    frame: pl.LazyFrame = _MADE[source.table](night) if source.table in _MADE else getattr(night, source.table)
    time = _TIME[source.table]
    return (
        frame.with_columns(_value=source.value)
        .filter(pl.col("_value").is_in(values))
        .select("_value", "account_id", time, *source.shown)
        .sort("_value", time, "account_id", *source.shown)
        .with_columns(_turn=pl.int_range(pl.len()).over("_value", "account_id"))
        .sort("_value", "_turn", time, "account_id", maintain_order=True)
        .drop("_turn")
        .collect()
    )


def as_rows(frame: pl.DataFrame, time: str) -> tuple[dict[str, Any], ...]:
    """Rows as plain values in order of `time`, times as ISO text, 64-bit ids as text, what is null left out."""
    times = [name for name, kind in frame.schema.items() if kind == pl.Datetime]
    ids = [name for name in ("prompt_id",) if name in frame.columns]
    told = (
        frame.sort(time, maintain_order=True)
        .with_columns(cs.float().fill_nan(None))
        .with_columns(pl.col(times).dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ"), pl.col(ids).cast(pl.String))
    )
    return tuple({key: value for key, value in row.items() if value is not None} for row in told.iter_rows(named=True))


def _upgraded(night: Night) -> pl.LazyFrame:
    """account_id, version, moment, at (the first request with the version), before and version_before: the request before it."""
    sent = (
        night.exchanges.filter(pl.col("client_version").is_not_null())
        .select("account_id", at="occurred_at", version="client_version")
        .sort("account_id", "at", "version")
        .with_columns(
            before=pl.col("at").shift(1).over("account_id"),
            version_before=pl.col("version").shift(1).over("account_id"),
        )
        .filter(pl.struct("account_id", "version").is_first_distinct())
    )
    return moments(night).select("account_id", "version", "moment").join(sent, on=["account_id", "version"])


_MADE: dict[str, Callable[[Night], pl.LazyFrame]] = {"moments": _upgraded, "identities": identities, "own cards": own_cards}
