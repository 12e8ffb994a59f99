"""Made-up accounts, clusters and asks, without a night: for tests of what is told about clusters."""

from types import SimpleNamespace

import polars as pl

from graph.asks import Asks
from graph.conduct import Conduct
from graph.found import Found
from graph.releases import MOVES
from graph.rules import Capability

CODING = Capability("coding", "ask for code", trains=True, any="code")
POEMS = Capability("poems", "ask for poems", any="poem")
START = pl.date(2026, 8, 3)


def a_found(per_day, groups, common=None, units=None, placed=None, elsewhere=0, cards=()):
    """per_day: exchanges a day of account 0, 1, …; groups: cluster → accounts; common: account → share of its words that are shared.

    placed: account → share of its exchanges that come from an address which marks its cluster. elsewhere: how many others send the words.
    cards: accounts that pay with one and the same card.
    """
    count = len(per_day)
    facts = pl.DataFrame({"account": range(count), "per_day": [float(n) for n in per_day]}, schema_overrides={"account": pl.UInt32})
    facts = facts.with_columns(
        exchanges=(pl.col("per_day") * 10).cast(pl.Int64),
        hours_per_day=pl.col("per_day").clip(1, 24),
        sentences=pl.lit(100, pl.Int64),
        clock_bound=pl.lit(0.1),
    )
    rows = [(c, a) for c, accounts in groups.items() for a in accounts]
    members = pl.DataFrame(rows, schema={"cluster": pl.Int32, "account": pl.UInt32}, orient="row")
    said = [(c, a, 7, 0, 5.0) for c, a in rows if (common or {}).get(a)] + [(c, a, 8, 1, 5.0) for c, a in rows if (placed or {}).get(a)]
    said += [(c, a, 9, 2, 5.0) for c, a in rows if a in cards]
    evidence = pl.DataFrame(
        said,
        schema={"cluster": pl.Int32, "account": pl.UInt32, "entity": pl.Int32, "kind": pl.Int8, "bits": pl.Float64},
        orient="row",
    )
    links = pl.DataFrame(
        [(a, 7, int(100 * share)) for a, share in (common or {}).items()]
        + [(a, 8, int(share * facts["exchanges"][a])) for a, share in (placed or {}).items()],
        schema={"account": pl.UInt32, "entity": pl.Int32, "n": pl.Int64},
        orient="row",
    ).with_columns(n_all="n")
    bipartite = SimpleNamespace(
        accounts=pl.DataFrame({"account": range(count), "unit": units or range(count)}, schema={"account": pl.UInt32, "unit": pl.Int32}),
        kinds=pl.DataFrame(
            [(0, "sentence", "prompt"), (1, "address", "ip"), (2, "card", "payment")],
            schema={"kind": pl.Int8, "name": pl.String, "channel": pl.String},
            orient="row",
        ),
        links=links,
    )
    touching = evidence.group_by("cluster", "entity").agg(member_units=pl.len().cast(pl.Int64))
    return Found(bipartite, members, facts, evidence, pl.DataFrame(), touching.with_columns(spill=pl.lit(elsewhere, pl.Int64)))


def some_asks(hits, of=20, units=None):
    """hits: capability name → how many of `of` prompts of account 0, 1, … ask for it, spread over ten days."""
    count = len(next(iter(hits.values())))
    rows = [
        (a, (units or range(count))[a], 1000 * a + p, *(p < asked[a] for asked in hits.values())) for a in range(count) for p in range(of)
    ]
    schema = {"account": pl.UInt32, "unit": pl.Int32, "prompt_id": pl.Int64} | {f"asks_{name}": pl.Boolean for name in hits}
    sample = pl.DataFrame(rows, schema=schema, orient="row").with_columns(day=START + pl.duration(days=pl.col("prompt_id") % 10))
    return Asks(tuple(c for c in (CODING, POEMS) if c.name in hits), sample)


def a_conduct(asks=None, moves=None, seed=1):
    return Conduct(
        asks or Asks((), pl.DataFrame(schema={"account": pl.UInt32})), pl.DataFrame(schema=MOVES) if moves is None else moves, seed
    )
