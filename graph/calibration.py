"""From score to probability, where people have judged enough clusters; where they have not, nothing changes and the manifest says why.

Platt's map `1 / (1 + exp(-(a + b · score)))`, b never below 0, so that the order stays. Its targets are drawn in by a prior count
(Platt 1999): of ten judged clusters none is held certain. The map speaks of clusters like those that were judged, no others.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from graph.found import Found
from graph.scoring import Score
from graph.vocabulary import BY_A_PERSON

LEAST_CLUSTERS = 10  # judged; fewer say nothing of a curve
LEAST_EACH = 2  # of either verdict
_METHOD = "Platt's sigmoid, slope 0 or more, targets with a prior count"
_RIDGE = 0.001  # on the slope: defined even where all scores are equal
_STEPS = 100


@dataclass(frozen=True)
class Sigmoid:
    """P(abuse) = 1 / (1 + exp(-(intercept + slope · score)))."""

    intercept: float
    slope: float

    def __call__(self, score: float) -> float:
        return 1 / (1 + math.exp(-(self.intercept + self.slope * score)))


@dataclass(frozen=True)
class Judged:
    """What people said of a cluster's members: how many, and who said so."""

    abuse: int = 0
    benign: int = 0
    abuse_by: tuple[str, ...] = ()
    benign_by: tuple[str, ...] = ()

    @property
    def outcome(self) -> bool | None:
        """Whether most judged members were judged abuse; None where they balance."""
        return None if self.abuse == self.benign else self.abuse > self.benign


def judged_members(labels: pl.DataFrame, found: Found) -> dict[int, Judged]:
    """Per cluster with judged members, what was said of them. Of several labels of one account the last one counts."""
    last = labels.sort("account_id", "decided_at", "verdict", "decided_by", nulls_last=False).unique("account_id", keep="last")
    members = found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account")
    rows = (
        members.join(last, on="account_id").group_by("cluster", "verdict").agg(pl.len(), pl.col("decided_by").drop_nulls().unique().sort())
    )
    found_out: dict[int, Judged] = {}
    for cluster, verdict, n, by in rows.sort("cluster", "verdict").iter_rows():
        if verdict in ("abuse", "benign"):
            found_out[cluster] = replace(found_out.get(cluster, Judged()), **{verdict: n, f"{verdict}_by": tuple(by)})
    return found_out


def calibrated(
    scores: Mapping[int, Score], judged: Mapping[int, Judged], inside: frozenset[int] = frozenset()
) -> tuple[dict[int, Score], dict[str, Any]]:
    """`scores` with the verdicts on members among the reasons and, where enough clusters were judged, the probability of abuse beside
    the score, which stays; and what the manifest says about it. Clusters `inside` others are not judged a second time.
    """
    whole = sorted(cluster for cluster in judged if cluster in scores and cluster not in inside)
    pairs = [(scores[cluster].total, judged[cluster].outcome) for cluster in whole]
    known = [(score, outcome) for score, outcome in pairs if outcome is not None]
    abuse = sum(outcome for _, outcome in known)
    counts = {
        "labels": sum(j.abuse + j.benign for j in judged.values()),
        "clusters": len(known),
        "abuse": abuse,
        "benign": len(known) - abuse,
    }
    lacking = _lacking(len(known), abuse)
    curve = None if lacking else fit(known)
    after = {
        cluster: replace(
            score,
            calibrated=round(curve(score.total), 4) if curve else None,
            reasons=(*score.reasons, *(_sentences(judged[cluster]) if cluster in judged else ())),
        )
        for cluster, score in scores.items()
    }
    if curve is None:
        return after, {"applied": False, "reason": lacking, **counts}
    return after, {"applied": True, "method": _METHOD, "intercept": round(curve.intercept, 6), "slope": round(curve.slope, 6), **counts}


def fit(pairs: list[tuple[float, bool]]) -> Sigmoid:
    """The sigmoid through judged (score, abuse) pairs, the same in whatever order they come. Needs both outcomes."""
    positives = sum(outcome for _, outcome in pairs)
    yes, no = (positives + 1) / (positives + 2), 1 / (len(pairs) - positives + 2)
    points = sorted((score, yes if outcome else no) for score, outcome in pairs)
    base = sum(target for _, target in points) / len(points)
    level = Sigmoid(math.log(base / (1 - base)), 0.0)
    curve = _descended(points, level)
    return curve if curve.slope > 0 else level


def _descended(points: list[tuple[float, float]], curve: Sigmoid) -> Sigmoid:
    """Newton's method on the (convex) log loss, each step halved until it gains."""
    loss = _loss(points, curve)
    for _ in range(_STEPS):
        step = _newton(points, curve)
        tried = [Sigmoid(curve.intercept - step[0] / 2**k, curve.slope - step[1] / 2**k) for k in range(20)]
        better = next((one for one in tried if _loss(points, one) < loss - 1e-12), None)
        if better is None:
            return curve
        curve, loss = better, _loss(points, better)
    return curve


def _newton(points: list[tuple[float, float]], curve: Sigmoid) -> tuple[float, float]:
    rows = [(score, curve(score), target) for score, target in points]
    slope_a = sum(p - t for _, p, t in rows)
    slope_b = sum((p - t) * s for s, p, t in rows) + _RIDGE * curve.slope
    aa = sum(p * (1 - p) for _, p, _ in rows) + 1e-9
    ab = sum(p * (1 - p) * s for s, p, _ in rows)
    bb = sum(p * (1 - p) * s * s for s, p, _ in rows) + _RIDGE
    determinant = aa * bb - ab * ab
    return (bb * slope_a - ab * slope_b) / determinant, (aa * slope_b - ab * slope_a) / determinant


def _loss(points: list[tuple[float, float]], curve: Sigmoid) -> float:
    total = _RIDGE / 2 * curve.slope**2
    for score, target in points:
        z = curve.intercept + curve.slope * score
        total += max(z, 0.0) + math.log1p(math.exp(-abs(z))) - target * z
    return total


def _lacking(clusters: int, abuse: int) -> str:
    if clusters < LEAST_CLUSTERS:
        return f"{clusters} clusters have judged members, {LEAST_CLUSTERS} are needed"
    fewer = min(abuse, clusters - abuse)
    return "" if fewer >= LEAST_EACH else f"{fewer} judged clusters of one verdict, {LEAST_EACH} of each are needed"


def _sentences(said: Judged) -> tuple[str, ...]:
    told = ((said.benign, "benign", said.benign_by, ", which speaks against the suspicion"), (said.abuse, "abuse", said.abuse_by, ""))
    return tuple(_sentence(n, verdict, by) + meaning + "." for n, verdict, by, meaning in told if n)


def _sentence(n: int, verdict: str, by: tuple[str, ...]) -> str:
    who = f" by {', '.join(by)}" if by else ""
    return f"{BY_A_PERSON}{n:,} {'member was' if n == 1 else 'members were'} judged {verdict}{who}"
