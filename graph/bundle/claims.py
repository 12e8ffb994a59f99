"""What a bundle claims, each sentence with its standing: seen, concluded, suspected, or decided by a person; software confirms nothing."""

from typing import Any

import polars as pl

from graph.bundle import standing
from graph.bundle.dossier import Dossier
from graph.bundle.observations import PATTERNS
from graph.bundle.reasons import number
from graph.bundle.redaction import Redaction
from graph.bundle.standing import claim, confidence_of_q
from graph.text import clip, visible
from graph.vocabulary import CHANNEL_WORDS, CHANNELS, Channel

ENTITIES_PER_CHANNEL = 10
NOTHING_AGAINST = "The data at hand show nothing that speaks against it. That is no proof that nothing does."
MOST_TEMPLATES = 20

STATUS_WORDS = {
    "observed": "read off the stored rows",
    "inferred": "concluded from them by a stated method",
    "suspected": "held likely on the whole of the evidence; not confirmed by a person",
    "confirmed": "decided by a named person after counter-evidence was considered, with a second person's approval",
    "refuted": "decided by a named person: the suspicion does not hold",
}


def claims(dossier: Dossier) -> list[dict[str, Any]]:
    """All claims, numbered. Observed facts and inferences never share a sentence.

    Keys: claim_id, status (observed | inferred | suspected | confirmed | refuted), statement, confidence (null for what was observed),
    method, evidence (files of the bundle, below data/), counter_evidence.
    """
    found = [
        *_activity(dossier),
        *_channels(dossier),
        *_entities(dossier),
        *_templates(dossier),
        *standing.from_reasons(dossier),
        *standing.cohesion(dossier),
        *standing.line(dossier),
        *standing.capabilities(dossier),
        *standing.decided(dossier),
        suspicion(dossier),
    ]
    return [{"claim_id": f"C{number:04d}", **said} for number, said in enumerate(found, start=1)]


def _activity(dossier: Dossier) -> list[dict[str, Any]]:
    c = dossier.cluster
    statement = (
        f"The {c['accounts']:,} accounts sent {c['exchanges']:,} exchanges, the first at {c['first_seen']}, the last at {c['last_seen']}."
    )
    return [claim("observed", statement, [accounts_file(dossier), "evidence/timeline.csv"], "count of stored exchanges in the window")]


def accounts_file(dossier: Dossier) -> str:
    """Where this bundle speaks of its accounts: row by row, or in bands."""
    return "evidence/bands.csv" if dossier.redaction is Redaction.PUBLIC else "evidence/accounts.csv"


def _channels(dossier: Dossier) -> list[dict[str, Any]]:
    total = dossier.cluster["accounts"]
    return [
        claim(
            "observed",
            f"{word(row['channel'])}: {row['members']:,} of {total:,} accounts hold {row['links']:,} links"
            f" to {row['entities']:,} shared entities.",
            ["evidence/channels.csv"],
            "count of links in the snapshot",
        )
        for row in dossier.channels.filter(pl.col("links") > 0).iter_rows(named=True)
    ]


def word(channel: str) -> str:
    """A channel's name for readers."""
    return CHANNEL_WORDS[Channel(channel)] if channel in CHANNEL_WORDS else visible(channel)


def _entities(dossier: Dossier) -> list[dict[str, Any]]:
    total = dossier.cluster["accounts"]
    strongest = strongest_entities(dossier, ENTITIES_PER_CHANNEL)
    return [said for row in strongest.iter_rows(named=True) for said in _about(row, total)]


def strongest_entities(dossier: Dossier, per_channel: int) -> pl.DataFrame:
    """The strongest entities of each channel, channels in the order of the vocabulary: no channel crowds out another."""
    order = {channel.value: place for place, channel in enumerate(CHANNELS)}
    place = pl.col("channel").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return dossier.entities.group_by("channel", maintain_order=True).head(per_channel).sort(place, maintain_order=True)


def _about(row: dict[str, Any], total: int) -> list[dict[str, Any]]:
    name = entity_name(row)
    files = ["evidence/entities.csv", "evidence/links.csv"]
    seen = claim("observed", f"{row['members']:,} of {total:,} accounts touched the {name}.", files, "count of links in the snapshot")
    if row["kind"] in PATTERNS:
        statement = f"{row['members']:,} of {total:,} accounts are tied by the {name}, a pattern over many rows."
        seen = claim("inferred", statement, files, "test over all exchanges of the window", "high")
    if row["expected"] is None or row["bits"] is None:
        return [seen]
    concluded = claim(
        "inferred",
        f"By chance {number(row['expected'])} accounts would be expected at the {name}; the excess carries {row['bits']:.1f} bits"
        f" (q = {number(row['q_value'])}).",
        ["evidence/entities.csv"],
        "over-representation against chance, false discovery rate by Benjamini and Hochberg",
        confidence_of_q(row["q_value"]),
    )
    outside = (row["accounts"] or 0) - row["members"]
    if outside > 0:
        concluded["counter_evidence"] = [f"{outside:,} accounts outside the cluster touched it as well."]
    return [seen, concluded]


def entity_name(row: dict[str, Any]) -> str:
    """`card "fp_1"`: kind and label of an entity, safe to read and not too long."""
    return f'{visible(row["kind"] or "entity")} "{clip(visible(row["label"] or "(no label)"), 160)}"'


def _templates(dossier: Dossier) -> list[dict[str, Any]]:
    return [
        claim(
            "observed",
            f"{row['accounts']:,} accounts sent {row['exchanges']:,} exchanges that follow template {visible(row['template_id'])}.",
            ["evidence/templates.csv"],
            "wording compared after variable parts are taken out",
        )
        for row in dossier.templates.head(MOST_TEMPLATES).iter_rows(named=True)
    ]


def confidence(dossier: Dossier) -> str:
    """Low, moderate or high, by a plain rule: the score, and how many channels speak each for at least a quarter of the accounts."""
    wide = dossier.channels.filter(pl.col("members") * 4 >= dossier.cluster["accounts"]).height
    score = float(dossier.cluster.get("score") or 0)
    if score >= 0.9 and wide >= 3:
        return "high"
    return "moderate" if score >= 0.5 and wide >= 2 else "low"


CONFIDENCE_RULE = (
    "high: score of 0.9 or more and three channels that each reach a quarter of the accounts; "
    "moderate: 0.5 or more and two such channels; low: otherwise"
)


def suspicion(dossier: Dossier) -> dict[str, Any]:
    """The one claim on the whole: suspected, with its confidence and what speaks against it."""
    files = [accounts_file(dossier), "evidence/channels.csv"]
    statement = f"The {dossier.cluster['accounts']:,} accounts are suspected to be operated together."
    said = claim("suspected", statement, files, f"fusion of the channels; confidence by rule: {CONFIDENCE_RULE}", confidence(dossier))
    said["counter_evidence"] = counter_evidence(dossier)
    return said


def counter_evidence(dossier: Dossier) -> list[str]:
    """What speaks against the suspicion, as far as the data themselves show it."""
    if dossier.against is not None:
        return list(dossier.against)
    return [
        *_missing_channels(dossier),
        *_chance(dossier),
        *_shared_with_others(dossier),
        *_thin_members(dossier),
        *(against for said in standing.cohesion(dossier) for against in said["counter_evidence"]),
    ]


def _missing_channels(dossier: Dossier) -> list[str]:
    facts = dossier.manifest.get("channels") or {}
    absent = [word(c) for c in sorted(facts) if isinstance(facts[c], dict) and not facts[c].get("available", True)]
    silent = sorted({word(c) for c in CHANNEL_WORDS} - {word(c) for c in dossier.channels["channel"]} - set(absent))
    said = []
    if silent:
        said.append(f"These channels link no account of this cluster: {', '.join(silent)}.")
    if absent:
        said.append(f"These channels could not be looked at, as the data lack their columns: {', '.join(absent)}.")
    return said


def _chance(dossier: Dossier) -> list[str]:
    chance = dossier.manifest.get("chance") or {}
    flagged, shuffles = chance.get("flagged_in_shuffles"), chance.get("shuffles")
    if flagged:
        return [f"The same method flagged {flagged} clusters in {shuffles} shuffled copies of the data, where none is real."]
    return [] if shuffles else ["No run on shuffled data is recorded, so the rate of chance findings is not known."]


def _shared_with_others(dossier: Dossier) -> list[str]:
    if dossier.entities.is_empty():
        return []
    outside = dossier.entities.filter(pl.col("accounts") > pl.col("members")).height
    return (
        [f"{outside:,} of the {dossier.entities.height:,} shared entities are also touched by accounts outside the cluster."]
        if outside
        else []
    )


def _thin_members(dossier: Dossier) -> list[str]:
    accounts = dossier.accounts
    if accounts.is_empty():
        return []
    columns = [c for c in accounts.columns if c.startswith("bits_")]
    channels = pl.sum_horizontal((pl.col(c).fill_null(0) > 0).cast(pl.Int64) for c in columns)
    counts = accounts.select(
        single=(channels <= 1).sum(),
        contrary=pl.any_horizontal(pl.col(c).fill_null(0) < 0 for c in columns).sum(),
        declared=pl.col("org_id").is_not_null().sum(),
    ).row(0, named=True)
    sentences = {
        "single": "{n:,} of {m:,} accounts are held by one channel or none.",
        "contrary": "In {n:,} of {m:,} accounts at least one channel speaks against membership (negative bits).",
        "declared": "{n:,} of {m:,} accounts belong to an openly declared organisation.",
    }
    return [text.format(n=counts[key], m=accounts.height) for key, text in sentences.items() if counts[key]]
