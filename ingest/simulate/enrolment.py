"""From people and their traffic to a part of the world: registrations, payments, a few bans for other causes, and the truth."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate import billing, calendar, identities, people
from ingest.simulate.people import People
from ingest.simulate.prompts import Keys, mix
from ingest.simulate.scene import ACCOUNT, ENFORCEMENT, FORBIDDEN, TRUTH, Part, Scene, first_seen


def part(
    scene: Scene, rng: np.random.Generator, name: str, crowd: People, rows: pl.DataFrame, kind: str, group: NDArray[np.str_] | None = None
) -> Part:
    """The part of these people: their accounts, payments and exchanges, a few bans for other causes, and the truth about them."""
    banned = np.flatnonzero(rng.random(crowd.count) < 0.002)
    enforcement = pl.DataFrame(
        {"account": banned, "action": ["ban"] * len(banned), "at": rng.integers(0, scene.end, len(banned))}, schema=ENFORCEMENT
    )
    rows = _refused(calendar.suffer(scene, rng, rows, crowd.count), enforcement).filter(pl.col("at") < scene.end)
    bills = billing.of_people(crowd.cards.fingerprint)
    paid = identities.payments(rng, crowd.cards, crowd.created, crowd.country, scene.end, bills)
    truth = pl.DataFrame(
        {
            "account": np.arange(crowd.count),
            "kind": kind,
            "group_id": None if group is None else pl.Series(group),
            "campaign_id": None,
            "pool_id": None,
            "archetype": None,
            "first": None,
        },
        schema=TRUTH,
    )
    return Part(name, accounts(scene, rng, crowd), paid, rows, enforcement, first_seen(truth, rows))


def _refused(rows: pl.DataFrame, enforcement: pl.DataFrame) -> pl.DataFrame:
    """After a ban the next two tries are refused with 403; then the person gives up."""
    rows = rows.sort("account", "at", maintain_order=True).join(
        enforcement.select("account", banned="at"), "account", "left", maintain_order="left"
    )
    late = (pl.col("at") > pl.col("banned")).fill_null(False)
    tries = late.cum_sum().over("account")
    status = pl.when(late).then(pl.lit(FORBIDDEN, pl.Int8)).otherwise(pl.col("status"))
    return rows.with_columns(status.alias("status")).filter(tries <= 2).drop("banned")


def accounts(scene: Scene, rng: np.random.Generator, crowd: People) -> pl.DataFrame:
    """Registration of each person (frame ACCOUNT); the sign-up address is where they were at that time."""
    index = np.arange(crowd.count)
    columns = {
        "account": index,
        "created": crowd.created,
        "email": crowd.email,
        "phone": phones(crowd.key),
        "org_id": crowd.org,
        "signup_ip": people.addresses(rng, crowd, index, crowd.created),
        "signup_program": crowd.program,
        "country": np.array(identities.COUNTRIES)[crowd.country],
    }
    return registrations(columns)


def registrations(columns: dict[str, Any]) -> pl.DataFrame:
    """A frame of ACCOUNT from arrays; empty text becomes null."""
    frame = pl.DataFrame({name: pl.Series(columns[name]).cast(kind) for name, kind in ACCOUNT.items()})
    return frame.with_columns(pl.col(pl.String).replace("", None))


def phones(key: Keys) -> NDArray[np.str_]:
    """Numbers of the fictional 555 exchange for half the accounts."""
    number = np.char.add("+1555", np.char.zfill((mix(key, 61) % np.uint64(10_000_000)).astype(str), 7))
    return np.char.multiply(number, (mix(key, 62) % np.uint64(2)).astype(np.int64))
