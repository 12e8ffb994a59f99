"""What every part of a simulated world shares: the calendar, one stream of chance per part, and the frames a part hands over.

Inside the simulator an exchange is a row of numbers (schema `EXCHANGE`); its strings are written out once, at the end, day by day.
Times are microseconds since `START`; accounts are numbered from 0 within their part.
"""

import datetime as dt
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate.prompts import Library

START = dt.datetime(2026, 8, 3, tzinfo=dt.UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

STATUS = ("200", "429", "403", "500")
OK, LIMITED, FORBIDDEN, FAILED = range(4)

EXCHANGE: dict[str, Any] = {
    "account": np.int32,  # number within the part
    "at": np.int64,  # microseconds since START
    "ip": np.int64,  # IPv4 as an integer; from 2**32 an IPv6 address (identities.address_text)
    "client": np.int16,  # row of clients.CLIENTS
    "release": np.int16,  # release of that client
    "session": np.uint64,
    "model": np.int8,  # row of MODELS
    "status": np.int8,  # row of STATUS
    "input_tokens": np.int32,  # context beside the prompt itself
    "output_tokens": np.int32,
    "source": np.int16,  # prompts.Library entry
    "key": np.uint64,  # which text of that source
}

MODELS = ("small-3", "large-3", "large-4")
NEWEST = 2

ACCOUNT: dict[str, pl.DataType] = {
    "account": pl.Int32(),
    "created": pl.Int64(),
    "email": pl.String(),
    "phone": pl.String(),
    "org_id": pl.String(),
    "signup_ip": pl.Int64(),
    "signup_program": pl.String(),
    "country": pl.String(),
}
PAYMENT: dict[str, pl.DataType] = {
    "account": pl.Int32(),
    "card": pl.UInt64(),
    "at": pl.Int64(),
    "card_bin": pl.String(),
    "issuer": pl.String(),
    "billing_name": pl.String(),
    "billing_address": pl.String(),
    "billing_country": pl.String(),
    "amount": pl.Float64(),
}
ENFORCEMENT: dict[str, pl.DataType] = {"account": pl.Int32(), "action": pl.String(), "at": pl.Int64()}
TRUTH: dict[str, pl.DataType] = {
    "account": pl.Int32(),
    "kind": pl.String(),
    "group_id": pl.String(),
    "campaign_id": pl.String(),
    "pool_id": pl.String(),
    "archetype": pl.String(),
    "first": pl.Int64(),
}


@dataclass(frozen=True)
class Part:
    """One group of accounts with all they did. Frames follow ACCOUNT, PAYMENT, EXCHANGE, ENFORCEMENT and TRUTH."""

    name: str
    accounts: pl.DataFrame
    payments: pl.DataFrame
    exchanges: pl.DataFrame
    enforcement: pl.DataFrame
    truth: pl.DataFrame


@dataclass(frozen=True)
class Scene:
    """The stage of one world. `scale` multiplies exchanges, `crowd` people and look-alikes (1 = a world of 50,000 ordinary accounts),
    `pools` the accounts of campaigns, `busy` how much people do. Above scale 1 a provider has more accounts and busier ones."""

    seed: int
    days: int
    scale: float
    crowd: float
    pools: float = 1.0
    busy: float = 1.0
    library: Library = field(default_factory=Library)

    @property
    def end(self) -> int:
        return self.days * DAY

    @property
    def release_day(self) -> float:
        """When the newest model appears."""
        return 0.6 * self.days

    def rng(self, name: str) -> np.random.Generator:
        """The stream of chance of one part, so that parts do not disturb each other."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def sized(self, count: float, least: int = 1) -> int:
        """`count` groups or accounts of a look-alike at full size, brought to the size of this world's crowd."""
        return max(least, round(count * self.crowd))


def exchanges(**columns: Any) -> pl.DataFrame:
    """A frame of EXCHANGE from arrays or scalars; a missing column is an error."""
    height = max(np.size(v) for v in columns.values())
    if any(np.size(v) == 0 and np.ndim(v) for v in columns.values()):
        height = 0
    return pl.DataFrame({name: np.broadcast_to(np.asarray(columns[name]).astype(kind), height) for name, kind in EXCHANGE.items()})


def first_seen(truth: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """`truth` with `first`: when each account was first seen in `rows` (null where it never was)."""
    first = rows.group_by("account").agg(first=pl.col("at").min())
    return truth.drop("first", strict=False).join(first, "account", "left", maintain_order="left").select(list(TRUTH))


def world_json(parameters: dict[str, Any], path: Path | None) -> dict[str, Any]:
    """The parameters that stand in world.json; the prompt file by name only, so that no machine's path is in it."""
    return {**parameters, "prompts": path.name if path else None, "start": START.isoformat()}
