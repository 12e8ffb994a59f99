"""What a bundle cannot show, in words that travel with it."""

from graph.bundle.dossier import Dossier
from graph.bundle.redaction import REDACTION_WORDS, Redaction
from graph.bundle.standing import verdict

_GENERAL = (
    "A link says that two accounts share something. It does not say who operates them, where, or for whom.",
    "Shared things have innocent causes: a household's card, an office's address, a class that works on one task, a public"
    " benchmark, a popular tool's wording. The method discounts what is common; it cannot exclude every such cause.",
    "Bits of evidence measure how much more likely a sharing is inside this group than outside it. They are no probability of wrongdoing.",
    "An IP address or a country code is no evidence of nationality, and none is inferred from it.",
    "Membership was decided account by account; single accounts may be included or left out wrongly.",
    "Only the logs named in custody/custody.jsonl were read. What they leave out, the bundle cannot show.",
    "Weakest ties and bridges name the members that speak least for the cluster; their membership deserves a look of its own.",
)


def chance_sentence(dossier: Dossier) -> str:
    """What the run on shuffled data says about findings by chance."""
    chance = dossier.manifest.get("chance") or {}
    shuffles, flagged = chance.get("shuffles"), chance.get("flagged_in_shuffles")
    if not shuffles or flagged is None:
        return "No run on shuffled data is recorded for this snapshot; how often chance alone yields such a cluster was not measured."
    return (
        f"On {shuffles} shuffled {'copy' if shuffles == 1 else 'copies'} of the same data, "
        f"where accounts keep their activity and entities their popularity but all true"
        f" links are broken, the same method flagged {flagged} clusters."
    )


def _of_verdict(dossier: Dossier) -> str:
    if standing := verdict(dossier):
        return f"A named person's decision stands: {standing}. It is a judgement, not a result of the software (custody/custody.jsonl)."
    return "The status 'confirmed' is a named person's to give, after counter-evidence was considered. Nothing here is confirmed."


def _of_calibration(dossier: Dossier) -> str:
    """How often such scores were right where people judged, as far as the workspace knows."""
    known = dossier.manifest.get("calibration") or {}
    if known.get("applied"):
        return (
            f"The score was calibrated on {known.get('labels', 0):,} judged accounts in {known.get('clusters', 0):,} clusters of this"
            f" workspace ({known.get('abuse', 0):,} judged abuse, {known.get('benign', 0):,} judged benign)."
        )
    return "No error rate from judged cases exists here: people have judged too few clusters to measure how often scores hold."


def limitations(dossier: Dossier) -> list[str]:
    """General limits, then those of this snapshot and of this bundle."""
    own = [_of_verdict(dossier), chance_sentence(dossier), _of_calibration(dossier)]
    shown = dossier.observations.height
    if dossier.observed and dossier.redaction is not Redaction.PUBLIC:
        own.append(
            f"evidence/observations.csv shows {shown:,} of {dossier.observed:,} stored rows behind the links: the first five of each link."
            " Links by sign-up, billing identity, timing, turns taken and common session ids have no single row behind them: they come from"
            " several columns or from a pattern over many rows, and are not among these."
        )
    elif dossier.redaction is not Redaction.PUBLIC:
        own.append("No stored raw rows stand behind the links in this workspace, so the bundle holds none.")
    if dossier.redaction is not Redaction.FULL:
        own.append(f"{REDACTION_WORDS[dossier.redaction]} The record of it is redaction/redaction.json.")
    return [*_GENERAL, *own]
