"""Claims on how the cluster holds together, what it is part of, and what people decided about it."""

import re
import unicodedata
from typing import Any

import polars as pl

from graph.bundle.dossier import Dossier
from graph.bundle.reasons import number, reason_parts
from graph.text import visible

_TELLING_Q = 0.05
_FIRM = 0.8  # of two partitions' Jaccard index: "highly stable" in Hennig 2007 is 0.85, "valid" 0.75
_Q = re.compile(r"\bq (?:below )?(\d[\d.]*)(?: × 10⁻([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
_CHANGES = {
    "grew": "; since the window before it grew",
    "shrank": "; since the window before it shrank",
    "merged": "; it took another group up",
    "split": "; it split off from another group",
    "revived": "; it had not been seen for a while",
}
VERDICTS = {"confirmed": "confirmed", "cleared": "refuted"}


def claim(status: str, statement: str, evidence: list[str], method: str, confidence: str | None = None) -> dict[str, Any]:
    """One claim without its number."""
    return {
        "status": status,
        "statement": statement,
        "confidence": confidence,
        "method": method,
        "evidence": evidence,
        "counter_evidence": [],
    }


def confidence_of_q(q: float | None) -> str:
    """How sure an inference is by its false discovery rate; low where there is none."""
    if q is None:
        return "low"
    return "high" if q < 0.001 else "moderate" if q < 0.05 else "low"


def _stated_confidence(text: str) -> str:
    stated = _Q.search(text)
    if stated is None:
        return "not stated"
    return confidence_of_q(float(f"{stated[1]}e-{int(unicodedata.normalize('NFKC', stated[2] or '0'))}"))


def from_reasons(dossier: Dossier) -> list[dict[str, Any]]:
    """The snapshot's reasons, clause by clause; what people decided has claims of its own."""
    method = {"observed": "count over the window", "inferred": "comparison or chance model of the snapshot"}
    told = [str(reason) for reason in dossier.cluster.get("reasons", []) if not str(reason).startswith("(")]  # not those withheld
    parts = [part for reason in told for part in reason_parts(reason)]
    return [
        claim(status, visible(text), ["repro/run.json"], method[status], _stated_confidence(text) if status == "inferred" else None)
        for status, text in dict.fromkeys(parts)
        if status in method
    ]


def cohesion(dossier: Dossier) -> list[dict[str, Any]]:
    """How firmly the cluster was found again, and how its weakest member is held."""
    found = dossier.cluster.get("stability")
    told = []
    if isinstance(found, int | float):
        statement = f"With other seeds and at other resolutions the cluster was found again with a likeness of {found:.2f} (1 is the same)."
        level = "high" if found >= _FIRM else "moderate" if found >= 0.5 else "low"
        told.append(claim("inferred", statement, ["repro/run.json"], "mean Jaccard index with the best match (Hennig 2007)", level))
        if found < _FIRM:
            told[-1]["counter_evidence"] = ["The border of the cluster depends on how it was looked for; single members may not belong."]
    return told


def line(dossier: Dossier) -> list[dict[str, Any]]:
    """Since when the cluster is known, and the pool it is within or the campaigns within it."""
    told = []
    for row in dossier.lines.iter_rows(named=True):
        if row["first_night"] is not None and row["last_night"] is not None:
            became = _CHANGES.get(str(row["change"]), "")
            nights = f"first found in the window that ended {row['first_night']:%Y-%m-%d}"
            later = f", last in that of {row['last_night']:%Y-%m-%d}" if row["last_night"] > row["first_night"] else ""
            said = f"This group of accounts was {nights}{later}{became}."
            told.append(
                claim("inferred", said, ["evidence/lines.csv"], "clusters of successive nights matched by members and entities", "moderate")
            )
    if parent := dossier.cluster.get("parent_id"):
        statement = (
            f"This campaign stands within the pool {visible(str(parent))}: its accounts share infrastructure with the pool's others."
        )
        told.append(claim("inferred", statement, ["repro/run.json"], "wording sent beside what the pool's traffic would make", "moderate"))
    for part in dossier.parts:
        statement = f"Within this pool {part['accounts']:,} accounts pursue a campaign of their own, {visible(str(part['cluster_id']))}."
        told.append(claim("inferred", statement, ["repro/run.json"], "wording sent beside what the pool's traffic would make", "moderate"))
    return told


def telling(dossier: Dossier) -> pl.DataFrame:
    """What members ask for more than others, beyond chance."""
    return dossier.capabilities.filter(pl.col("lift") > 1, pl.col("q_value") < _TELLING_Q)


def capabilities(dossier: Dossier) -> list[dict[str, Any]]:
    """What members' sampled prompts ask for (observed) and how that compares (inferred)."""
    told = []
    for row in telling(dossier).head(10).iter_rows(named=True):
        name = visible(row["capability"]).replace("_", " ")
        seen = f"Of {row['prompts']:,} sampled prompts of members {row['share']:.1%} match the rule “{name}”."
        compared = f"Of everyone else's {row['population_share']:.1%} match “{name}” (q {number(row['q_value'])})."
        told.append(claim("observed", seen, ["evidence/capabilities.csv"], "rules on the wording of sampled prompts"))
        told.append(
            claim(
                "inferred",
                compared,
                ["evidence/capabilities.csv"],
                "binomial tail over accounts, false discovery rate",
                confidence_of_q(row["q_value"]),
            )
        )
    return told


def decided(dossier: Dossier) -> list[dict[str, Any]]:
    """What named persons decided: a verdict is `confirmed` or `refuted`, and stays a person's."""
    told = []
    for made in dossier.decisions:
        status = VERDICTS.get(str(made["kind"])) if made["in_force"] else None
        if status:
            by = visible(str(made["by"]))
            statement = (
                f"Decision {made['number']} of {str(made['time'])[:10]}: {by} {made['kind']} this cluster of {made['accounts']:,} accounts."
            )
            told.append(
                claim(
                    status,
                    statement,
                    ["custody/custody.jsonl"],
                    "decision of a person, recorded with name, time and reason",
                    "a person's judgement",
                )
            )
    return told


def verdict(dossier: Dossier) -> str | None:
    """`confirmed` or `refuted` where a person's verdict holds for this night; else None."""
    return VERDICTS.get(str(dossier.cluster.get("decided")))
