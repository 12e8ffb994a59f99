"""All signals of a night as one bipartite table: which account touched which entity, and how popular each entity is."""

from dataclasses import dataclass

import polars as pl

from graph.night import Night
from graph.progress import Progress
from graph.rhythm import Rhythms, rhythms
from graph.signals.base import Signal, identity
from graph.tenure import tenure

_KINDS = {
    "kind": pl.Int8,
    "name": pl.String,
    "channel": pl.String,
    "total": pl.Int64,
    "doubt": pl.Float64,
    "conclusive": pl.Boolean,
    "software": pl.Boolean,
    "seeds": pl.Boolean,
}


@dataclass(frozen=True)
class Bipartite:
    """Accounts and entities by number. Everything is in canonical order, whatever the order of the input.

    accounts: account (0…), account_id, unit (accounts of one declared organisation share one), alone (in its unit), began, exchanges,
              ended (tenure).
    entities: entity (0…), entity_id (64-bit, the same every night), channel, kind, value, accounts, units.
    links:    account, entity, kind (number), n, n_all (its twins' too), first_at, last_at; only entities that two units or more
              touch, one for those that the same accounts touch.
    activity: account, kind (number), touched: how many distinct entities of a kind the account touched, shared or not.
    rhythms:  when each account is active.
    kinds:    kind (number), name, channel, total (incidences, shared or not); doubt, conclusive, software, seeds: see signals.base.
    """

    accounts: pl.DataFrame
    entities: pl.DataFrame
    links: pl.DataFrame
    activity: pl.DataFrame
    kinds: pl.DataFrame
    rhythms: Rhythms

    @property
    def units(self) -> int:
        """Distinct units: the size of the population that chance draws from."""
        return self.accounts["unit"].n_unique()


def account_index(night: Night) -> pl.DataFrame:
    """Every account that acts in the window or is known by then, numbered by account_id, with its declared unit."""
    known = night.accounts.select("account_id", "org_id")
    seen = pl.concat([night.exchanges.select("account_id"), night.payments.select("account_id")]).unique()
    everyone = seen.join(known, on="account_id", how="full", coalesce=True).unique("account_id").sort("account_id")
    unit = pl.when(pl.col("org_id").is_not_null()).then("org " + pl.col("org_id")).otherwise("account " + pl.col("account_id"))
    numbered = everyone.select("account_id", unit.rank("dense").cast(pl.Int32).alias("unit")).with_row_index("account")
    dated = numbered.join(tenure(night), on="account_id", how="left", maintain_order="left")
    return dated.collect(engine="streaming").with_columns(alone=pl.len().over("unit") == 1)


def build(night: Night, signals: tuple[Signal, ...], progress: Progress) -> Bipartite:
    """Run `signals` over the night and number what they find."""
    accounts = account_index(night)
    progress.stage("link", len(signals))
    found: list[pl.DataFrame] = []
    activity: list[pl.DataFrame] = []
    kinds: list[tuple[int, str, str, int, float, bool, bool, bool]] = []
    for number, signal in enumerate(signals):
        rows = _numbered(signal, night, accounts)
        touched = rows.group_by("account").agg(touched=pl.len().cast(pl.Int32))
        activity.append(touched.select("account", pl.lit(number, pl.Int8).alias("kind"), "touched"))
        known = (signal.doubt, signal.conclusive, signal.software, signal.seeds)
        kinds.append((number, signal.kind, signal.channel, rows.height, *known))
        found.append(_shared(rows).with_columns(kind=pl.lit(number, pl.Int8)))
        progress.advance()
    shared = _without_twins(pl.concat(found))
    entities = _entities(shared, signals)
    links = (
        shared.join(entities.select("entity", "entity_id"), on="entity_id")
        .select(pl.col("account").cast(pl.Int32), pl.col("entity").cast(pl.Int32), "kind", "n", "n_all", "first_at", "last_at")
        .sort("account", "entity")
    )
    return Bipartite(
        accounts,
        entities,
        links,
        pl.concat(activity).sort("account", "kind"),
        pl.DataFrame(kinds, schema=_KINDS, orient="row"),
        rhythms(night, accounts),
    )


def identified(signal: Signal, night: Night) -> pl.LazyFrame:
    """A signal's rows with their entity_id."""
    return signal.rows(night).with_columns(entity_id=identity(signal.kind))


def _numbered(signal: Signal, night: Night, accounts: pl.DataFrame) -> pl.DataFrame:
    return (
        identified(signal, night)
        .join(accounts.lazy().select("account_id", "account", "unit"), on="account_id")
        .select("account", "unit", "entity_id", "value", "n", "first_at", "last_at")
        .collect(engine="streaming")
    )


def _shared(rows: pl.DataFrame) -> pl.DataFrame:
    """Only what two units or more touch; the rest is nobody's link."""
    popular = rows.lazy().group_by("entity_id").agg(accounts=pl.len().cast(pl.Int64), units=pl.col("unit").n_unique().cast(pl.Int64))
    return rows.lazy().join(popular.filter(pl.col("units") >= 2), on="entity_id").collect(engine="streaming")


def _without_twins(shared: pl.DataFrame) -> pl.DataFrame:
    """Entities of a kind that the very same accounts touch (the sentences of one template) say one thing: the lowest stands for all.

    `n` is the representative's; `n_all` how often the account touched any of them.
    """
    mark = pl.col("account").cast(pl.UInt64).hash(11).sum()
    sets = shared.lazy().group_by("kind", "entity_id").agg(size=pl.len(), mark=mark)
    stands = sets.select("kind", "entity_id", stand=pl.col("entity_id").min().over("kind", "size", "mark"))
    told = shared.lazy().join(stands, on=["kind", "entity_id"])
    whole = told.group_by("kind", "stand", "account").agg(n_all=pl.col("n").sum())
    kept = told.filter(pl.col("entity_id") == pl.col("stand")).join(whole, on=["kind", "stand", "account"])
    return kept.drop("stand").collect(engine="streaming")


def _entities(shared: pl.DataFrame, signals: tuple[Signal, ...]) -> pl.DataFrame:
    names = {number: signal.kind for number, signal in enumerate(signals)}
    channels = {number: signal.channel.value for number, signal in enumerate(signals)}
    return (
        shared.lazy()
        .group_by("entity_id")
        .agg(
            pl.col("kind").first(),
            pl.col("value").first(),
            pl.col("accounts").first(),
            pl.col("units").first(),
            pl.col("first_at").min(),
            pl.col("last_at").max(),
        )
        .sort("kind", "entity_id")
        .with_row_index("entity")
        .with_columns(
            name=pl.col("kind").replace_strict(names, return_dtype=pl.String),
            channel=pl.col("kind").replace_strict(channels, return_dtype=pl.String),
        )
        .collect(engine="streaming")
    )
