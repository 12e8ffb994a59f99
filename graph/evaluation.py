"""How well flagged clusters agree with known campaigns. All measures come from counts; no pair of accounts is ever built.

Only *flagged* memberships count as a result. Precisely:

- **Account**: flagged accounts against accounts of any campaign.
- **Pairwise** and **B-cubed** need one cluster and one class an account. Its cluster is the flagged one with most `bits`
  (ties: the smaller cluster_id). Its class is its campaign; where it serves several, the one with most accounts in its cluster
  (ties: the smaller id). A pool and its campaigns nest, and a campaign may outlive its pool, so each *operation* (campaigns
  and pools connected through accounts) is read at the level that fits best: by campaign, by pool, or as one.
  Pairwise: two flagged accounts in one cluster are a predicted pair, two accounts of one class a true one.
  B-cubed (Bagga & Baldwin 1998): precision is the mean, over flagged accounts, of the share of the account's cluster that is of its
  class, 0 for an account of no campaign; recall the mean, over campaign accounts, of the share of its class that is in its
  cluster, 0 for one that is not flagged.
- **Extended B-cubed** (Amigó et al. 2009) lets accounts stand in several clusters and campaigns; the better of two readings of the
  truth: campaigns alone, or campaigns and operations both. None where overlaps are too many to count.
"""

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from graph.errors import DataRefused
from graph.overlap import extended_b_cubed, operations

_LEVELS = ("campaign", "pool", "operation")


@dataclass(frozen=True)
class Agreement:
    """Precision, recall and their harmonic mean; 0 where undefined."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Evaluation:
    """The measures above, a row per campaign and per kind of account, and how many flagged clusters hold no campaign account."""

    account: Agreement
    pairwise: Agreement
    b_cubed: Agreement
    extended_b_cubed: Agreement | None
    flagged_clusters: int
    flagged_clusters_without_campaign: int
    campaigns: list[dict[str, Any]]
    kinds: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The result as text for a terminal."""
        return [*_headline(self), *_campaign_lines(self), *_kind_lines(self)]


def evaluate(members: pl.DataFrame, truth: pl.DataFrame) -> Evaluation:
    """Compare `members` (account_id, cluster_id, flagged; bits where there are any) with `truth`.

    truth needs account_id and one of campaign_id, group_id; kind, pool_id and archetype are used where present. Without campaign_id,
    group_id names the campaign (of rows of kind "campaign", where there is a kind). Accounts that truth does not list
    count as kind "unlisted". Raises DataRefused when a column is missing.
    """
    flagged, known = _flagged(members), _known(truth)
    labels = operations(known.filter(pl.col("campaign").is_not_null()))
    best = flagged.sort("bits", "cluster_id", descending=[True, False]).unique("account_id", keep="first", maintain_order=True)
    parted, levels = _partition(best, labels)
    pairwise, b_cubed = _of_partition(parted)
    extended = extended_b_cubed(flagged, labels)
    campaign_accounts = labels.select("account_id").unique()
    both = best.join(campaign_accounts, "account_id", "semi").height
    empty = flagged.join(campaign_accounts, "account_id", "anti").select("cluster_id").unique()
    empty = empty.join(flagged.join(campaign_accounts, "account_id", "semi"), "cluster_id", "anti")
    return Evaluation(
        account=_agreement(both, best.height, campaign_accounts.height),
        pairwise=pairwise,
        b_cubed=b_cubed,
        extended_b_cubed=None if extended is None else _mean(*extended),
        flagged_clusters=flagged["cluster_id"].n_unique(),
        flagged_clusters_without_campaign=empty.height,
        campaigns=_per_campaign(flagged, labels, levels),
        kinds=_per_kind(best, known),
    )


def _require(frame: pl.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataRefused(f"{name}: lacks the column {', '.join(missing)}. It has {', '.join(frame.columns) or 'none'}; rename or add it.")


def _flagged(members: pl.DataFrame) -> pl.DataFrame:
    """Distinct flagged memberships: account_id, cluster_id, bits."""
    _require(members, ("account_id", "cluster_id", "flagged"), "members")
    bits = pl.col("bits").fill_null(0.0) if "bits" in members.columns else pl.lit(0.0)
    flagged = members.filter(pl.col("flagged").fill_null(False) & pl.col("account_id").is_not_null() & pl.col("cluster_id").is_not_null())
    keys = [pl.col("account_id").cast(pl.String), pl.col("cluster_id").cast(pl.String)]
    return flagged.select(*keys, bits.cast(pl.Float64).alias("bits")).group_by("account_id", "cluster_id").agg(pl.col("bits").max())


def _known(truth: pl.DataFrame) -> pl.DataFrame:
    """truth as distinct rows of account_id, kind, campaign, pool, archetype."""
    _require(truth, ("account_id",), "truth")
    if not {"campaign_id", "group_id"} & set(truth.columns):
        raise DataRefused(f"truth: has neither campaign_id nor group_id, only {', '.join(truth.columns)}. Add one of them.")
    if "campaign_id" in truth.columns:
        campaign = pl.col("campaign_id").cast(pl.String)
    elif "kind" in truth.columns:
        campaign = pl.when(pl.col("kind") == "campaign").then(pl.col("group_id").cast(pl.String))
    else:
        campaign = pl.col("group_id").cast(pl.String)
    given = pl.col("kind").cast(pl.String) if "kind" in truth.columns else pl.lit(None, pl.String)
    ordinary = pl.when(campaign.is_null()).then(given.fill_null("ordinary"))
    return truth.select(
        pl.col("account_id").cast(pl.String),
        kind=ordinary.fill_null("campaign"),
        campaign=campaign,
        pool=_optional(truth, "pool_id"),
        archetype=_optional(truth, "archetype"),
    ).unique()


def _optional(frame: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String) if column in frame.columns else pl.lit(None, pl.String)


def _partition(best: pl.DataFrame, labels: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(account_id, cluster, class) of every flagged or campaign account, and the level at which each operation was read."""
    tables = []
    for level in _LEVELS:
        joined = labels.select("account_id", "operation", label=pl.concat_str(pl.lit(level), pl.col(level), separator="\t")).unique()
        joined = joined.join(best.select("account_id", cluster="cluster_id"), "account_id", "left")
        fit = joined.group_by("cluster", "label").agg(fit=pl.len())
        joined = joined.join(fit, ["cluster", "label"], "left", nulls_equal=True).sort("fit", "label", descending=[True, False])
        tables.append(joined.unique("account_id", keep="first", maintain_order=True).with_columns(level=pl.lit(level)))
    every = pl.concat(tables)
    levels = _best_levels(every)
    chosen = every.join(levels.select("operation", "level"), ["operation", "level"], "semi").select("account_id", "cluster", "label")
    rest = best.join(chosen, "account_id", "anti").select("account_id", cluster="cluster_id", label=pl.lit(None, pl.String))
    return pl.concat([chosen, rest]), levels


def _best_levels(every: pl.DataFrame) -> pl.DataFrame:
    """For each operation the level whose classes agree best, pair by pair, with the clusters (ties: the finest)."""
    by = ["operation", "level"]
    cells = every.drop_nulls("cluster").group_by(*by, "cluster", "label").agg(n=pl.len())
    right = cells.group_by(by).agg(right=_pairs("n").sum())
    true = every.group_by(*by, "label").agg(n=pl.len()).group_by(by).agg(true=_pairs("n").sum())
    said = cells.group_by(*by, "cluster").agg(pl.col("n").sum()).group_by(by).agg(said=_pairs("n").sum())
    table = true.join(right, by, "left").join(said, by, "left").fill_null(0)
    f1 = (2 * pl.col("right") / (pl.col("true") + pl.col("said"))).fill_nan(0.0)
    rank = pl.col("level").replace_strict({level: i for i, level in enumerate(_LEVELS)}, return_dtype=pl.Int64)
    table = table.with_columns(f1=f1, rank=rank).sort("operation", "f1", "rank", descending=[False, True, False])
    return table.unique("operation", keep="first", maintain_order=True)


def _pairs(column: str) -> pl.Expr:
    n = pl.col(column).cast(pl.Int64)
    return n * (n - 1) // 2


def _of_partition(parted: pl.DataFrame) -> tuple[Agreement, Agreement]:
    """Pairwise and B-cubed agreement from the contingency table of (cluster, label)."""
    clusters = parted.drop_nulls("cluster").group_by("cluster").agg(size=pl.len())
    classes = parted.drop_nulls("label").group_by("label").agg(total=pl.len())
    cells = parted.drop_nulls(["cluster", "label"]).group_by("cluster", "label").agg(n=pl.len())
    cells = cells.join(clusters, "cluster").join(classes, "label").sort("cluster", "label")
    pairs = [int(frame.select(_pairs(column).sum()).item()) for frame, column in ((cells, "n"), (clusters, "size"), (classes, "total"))]
    squares = cells.select(p=(pl.col("n") ** 2 / pl.col("size")).sum(), r=(pl.col("n") ** 2 / pl.col("total")).sum()).row(0)
    flagged, known = int(clusters["size"].sum()), int(classes["total"].sum())
    return _agreement(*pairs), _mean(_ratio(squares[0], flagged), _ratio(squares[1], known))


def _ratio(part: float, whole: float) -> float:
    return float(part) / whole if whole else 0.0


def _agreement(right: int, said: int, true: int) -> Agreement:
    return _mean(_ratio(right, said), _ratio(right, true))


def _mean(precision: float, recall: float) -> Agreement:
    return Agreement(precision, recall, _ratio(2 * precision * recall, precision + recall))


def _per_campaign(flagged: pl.DataFrame, labels: pl.DataFrame, levels: pl.DataFrame) -> list[dict[str, Any]]:
    """Size, flagged accounts, and the flagged cluster that holds most of the campaign, with its precision for it and for its operation."""
    sizes = flagged.group_by("cluster_id").agg(cluster_size=pl.len())
    membership = labels.select("account_id", "campaign", "operation").unique()
    inside = flagged.join(membership, "account_id").group_by("campaign", "cluster_id").agg(found=pl.len()).join(sizes, "cluster_id")
    largest = inside.sort("campaign", "found", "cluster_size", "cluster_id", descending=[False, True, False, False])
    largest = largest.unique("campaign", keep="first", maintain_order=True)
    whole = flagged.join(membership.select("account_id", "operation").unique(), "account_id")
    whole = whole.group_by("operation", "cluster_id").agg(operation_found=pl.len())
    seen = membership.join(flagged.select("account_id").unique(), "account_id", "semi").group_by("campaign").agg(flagged=pl.len())
    about = labels.group_by("campaign").agg(
        pl.col("archetype").drop_nulls().min(), pl.col("operation").first(), accounts=pl.col("account_id").n_unique()
    )
    table = about.join(seen, "campaign", "left").join(largest, "campaign", "left").join(whole, ["operation", "cluster_id"], "left")
    table = table.join(levels.select("operation", read_as="level"), "operation", "left").with_columns(
        pl.col("flagged", "found", "cluster_size", "operation_found").fill_null(0)
    )
    return (
        table.sort("campaign")
        .select(
            "campaign",
            "archetype",
            "accounts",
            "flagged",
            "cluster_id",
            "cluster_size",
            "read_as",
            recall=pl.col("found") / pl.col("accounts"),
            precision=(pl.col("found") / pl.col("cluster_size")).fill_nan(0.0),
            operation_precision=(pl.col("operation_found") / pl.col("cluster_size")).fill_nan(0.0),
        )
        .to_dicts()
    )


def _per_kind(best: pl.DataFrame, known: pl.DataFrame) -> list[dict[str, Any]]:
    """Accounts, flagged accounts and their share per kind; an account of several kinds counts as a campaign's first."""
    rank = pl.when(pl.col("kind") == "campaign").then(0).when(pl.col("kind") == "ordinary").then(2).otherwise(1)
    kinds = known.select("account_id", "kind", rank=rank).sort("account_id", "rank", "kind").unique("account_id", keep="first")
    kinds = kinds.select("account_id", "kind")
    unlisted = best.join(kinds, "account_id", "anti").select("account_id", kind=pl.lit("unlisted"))
    kinds = pl.concat([kinds, unlisted]).join(best.select("account_id", hit=pl.lit(1)), "account_id", "left")
    table = kinds.group_by("kind").agg(accounts=pl.len(), flagged=pl.col("hit").sum()).sort("kind")
    return table.with_columns(share=pl.col("flagged") / pl.col("accounts")).to_dicts()


def _headline(e: Evaluation) -> list[str]:
    named = (("account", e.account), ("pairwise", e.pairwise), ("B-cubed", e.b_cubed), ("extended B-cubed", e.extended_b_cubed))
    rows = [
        f"{name:<18}{a.precision:>10.3f}{a.recall:>10.3f}{a.f1:>10.3f}" if a else f"{name:<18}  not counted: too many overlaps"
        for name, a in named
    ]
    alone = f"flagged clusters: {e.flagged_clusters}, of these without any campaign account: {e.flagged_clusters_without_campaign}"
    return [f"{'':<18}{'precision':>10}{'recall':>10}{'F1':>10}", *rows, alone]


def _campaign_lines(e: Evaluation) -> list[str]:
    head = f"{'campaign':<18}{'archetype':<14}{'accounts':>9}{'flagged':>9}{'recall':>8}{'precision':>11}{'in operation':>14}  read as"
    rows = [
        f"{c['campaign'][:17]:<18}{(c['archetype'] or '')[:13]:<14}{c['accounts']:>9}{c['flagged']:>9}{c['recall']:>8.2f}"
        f"{c['precision']:>11.2f}{c['operation_precision']:>14.2f}  {c['read_as'] or ''}"
        for c in e.campaigns
    ]
    return ["", "in the flagged cluster that holds most of it:", head, *rows]


def _kind_lines(e: Evaluation) -> list[str]:
    rows = [f"{k['kind'][:19]:<20}{k['accounts']:>9}{k['flagged']:>9}{k['share']:>9.4f}" for k in e.kinds]
    return ["", f"{'kind':<20}{'accounts':>9}{'flagged':>9}{'share':>9}", *rows]
