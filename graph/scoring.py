"""Two questions, kept apart: are these accounts one hand's (linkage), and does it look like extraction? Both are explained.

Linkage is the share of members that two independent channels tie to the group (or timing, which nobody shares by
circumstance); a member tied by one channel alone counts half. Wording and client come with the same software, so together they
are one. Extraction is told in graph.extraction; it is never below the share of members whom a conclusive test of timing ties to others:
they are coordinated whatever else they do.
The score is linkage times extraction: neither alone makes a case. It must be above one half, which one channel alone never reaches, and
above whatever the same night reaches with its links shuffled.
"""

from dataclasses import dataclass, replace

import polars as pl

from graph import extraction, rules
from graph.conduct import Conduct
from graph.found import Found
from graph.signals.registry import BY_KIND
from graph.vocabulary import CHANNEL_WORDS, Channel

TIED_BITS = 3.32  # 10 : 1, the least a channel must say of a member to count
LEAST = 0.5  # one channel alone never comes above it
_ALONE = 0.5  # what a tie by one channel alone counts
_INFRASTRUCTURE = (Channel.PAYMENT, Channel.IP, Channel.METADATA, Channel.REGISTRATION)


@dataclass(frozen=True)
class Score:
    """Both scores in 0 to 1, what kind of cluster it is, whether to look tonight, and the sentences behind all that."""

    linkage: float
    extraction: float
    kind: str
    reasons: tuple[str, ...]
    decided: str | None = None  # confirmed or cleared, by a person
    calibrated: float | None = None  # probability of abuse, where enough clusters were judged
    bar: float = LEAST  # what the score must exceed tonight

    @property
    def total(self) -> float:
        """Linkage times extraction."""
        return self.linkage * self.extraction

    @property
    def flagged(self) -> bool:
        """Whether an investigator should look tonight."""
        return self.decided == "confirmed" or (self.decided is None and self.total > self.bar)


def score(found: Found, conduct: Conduct) -> dict[int, Score]:
    """One Score per cluster number of `found`."""
    tied, marks = linkage(found), extraction.marks(found, conduct)
    words = rules.words(conduct.asks.capabilities)
    sentences = entity_sentences(found)
    scores: dict[int, Score] = {}
    for row in tied.join(marks, on="cluster", how="left").iter_rows(named=True):
        reasons = (*_linkage_reasons(row), *sentences.get(row["cluster"], ()), *extraction.sentences(row, words))
        extracting = max(row["extraction"] or 0.0, row["coordinated"])
        scores[row["cluster"]] = Score(row["linkage"], extracting, _kind(row), reasons)
    return scores


def above_chance(scores: dict[int, Score], strongest: float) -> dict[int, Score]:
    """`scores`, to be flagged above `strongest` alone, the score of the strongest cluster of the shuffled night."""
    if strongest <= LEAST:
        return scores
    reason = f"With the night's links shuffled, a cluster of chance scores {strongest:.2f}: tonight only what is above that is flagged."
    return {number: replace(score, bar=strongest, reasons=(*score.reasons, reason)) for number, score in scores.items()}


def linkage(found: Found) -> pl.DataFrame:
    """Per cluster: size, linkage, full and coordinated (shares of members tied twice over, and by a conclusive test),
    for each channel tied_<channel> (share of members it ties) and bits_<channel> (their sum). Zeros where nothing ties a member.
    """
    tied = pl.col("bits") >= TIED_BITS
    software = pl.col("software")
    independent = (tied & ~software).sum() + (tied & software).any().cast(pl.Int64)
    behaviour = (pl.col("conclusive") >= TIED_BITS).any()
    members = found.channel_bits.group_by("cluster", "account").agg(channels=independent, behaviour=behaviour)
    by_channel = found.channel_bits.group_by("cluster", "account", "channel").agg(pl.col("bits").sum())
    full = (pl.col("channels") >= 2) | pl.col("behaviour")
    counted = pl.when(full).then(1.0).when(pl.col("channels") == 1).then(_ALONE).otherwise(0.0)
    share = members.group_by("cluster").agg(size=pl.len(), linkage=counted.mean(), full=full.mean(), coordinated=pl.col("behaviour").mean())
    for channel in Channel:
        said = (
            by_channel.filter(pl.col("channel") == channel.value)
            .group_by("cluster")
            .agg(tied.sum().alias("n"), pl.col("bits").sum().alias(f"bits_{channel}"))
        )
        share = share.join(said, on="cluster", how="left").with_columns(
            (pl.col("n") / pl.col("size")).fill_null(0.0).alias(f"tied_{channel}"), pl.col(f"bits_{channel}").fill_null(0.0)
        )
        share = share.drop("n")
    return found.groups.select(pl.col("cluster").unique()).join(share, on="cluster", how="left").fill_null(0).sort("cluster")


def entity_sentences(found: Found, most: int = 4) -> dict[int, tuple[str, ...]]:
    """For each cluster, what its most telling entities say, one sentence for each of the strongest kinds."""
    weighed = (
        found.profile.join(found.bipartite.entities.select("entity", "name", "accounts"), on="entity")
        .sort(["cluster", "surprise", "entity"], descending=[False, True, False])
        .unique(["cluster", "kind"], keep="first", maintain_order=True)
        .group_by("cluster", maintain_order=True)
        .head(most)
    )
    told: dict[int, tuple[str, ...]] = {}
    for row in weighed.iter_rows(named=True):
        sentence = BY_KIND[row["name"]].sentence.format(members=row["members"], accounts=row["size_units"])
        line = f"{sentence}; chance expects {row['expected']:.2f} (q {_q(row['q'])})."
        told[row["cluster"]] = (*told.get(row["cluster"], ()), line)
    return told


def _q(q: float) -> str:
    return f"below {10**-12:.0e}" if q < 1e-12 else f"{q:.1e}"


def _linkage_reasons(row: dict[str, float]) -> tuple[str, ...]:
    ties = sorted(((row[f"tied_{channel}"], channel) for channel in Channel if row[f"tied_{channel}"] >= 0.1), reverse=True)
    words = ", ".join(f"{CHANNEL_WORDS[channel]} {share:.0%}" for share, channel in ties)
    linked = f"{row['full']:.0%} of members are linked by two independent channels or by a conclusive test of timing"
    return (f"{linked}; share of members by channel: {words}.",)


def _kind(row: dict[str, float]) -> str:
    infrastructure = sum(row[f"bits_{channel}"] for channel in _INFRASTRUCTURE)
    return "pool" if infrastructure > row["bits_prompt"] + row["bits_object"] else "campaign"
