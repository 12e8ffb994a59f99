from dataclasses import replace

import pytest

from graph.bundle import claims
from graph.bundle.dossier import gather
from graph.bundle.limits import chance_sentence, limitations
from graph.bundle.reasons import number, reason_parts
from graph.vocabulary import BY_A_PERSON
from tests.factory import a_snapshot, a_workspace
from tests.graph.bundle.bundles import CLUSTER


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    workspace = a_workspace(tmp_path_factory.mktemp("claims"))
    return gather(workspace, a_snapshot(workspace), CLUSTER)


NUMBERS = [(None, "not stated"), (0, "0"), (0.01, "0.01"), (7.04, "7.0"), (1234.5, "1,234"), (1e-7, "1 × 10⁻⁷"), (3.2e-06, "3.2 × 10⁻⁶")]


@pytest.mark.parametrize(("value", "words"), NUMBERS)
def test_numbers_read_well(value, words):
    assert number(value) == words


REASONS = [
    (
        "24 of 40 accounts share 2 cards; chance expects 0.01.",
        [("observed", "24 of 40 accounts share 2 cards."), ("inferred", "Chance expects 0.01.")],
    ),
    (
        "98% of members' sampled prompts ask for code, 72 times everyone else's 1.4% (13 accounts, since 2026-08-11; q 6e-15).",
        [
            ("observed", "98% of members' sampled prompts ask for code, 72 times everyone else's 1.4% (13 accounts, since 2026-08-11)."),
            ("inferred", "Tested against all others: q 6 × 10⁻¹⁵."),
        ],
    ),
    (
        "Structure 1.00: 93% is common wording; a day after m first appeared (2026-08-30), 72% was on it, of everyone else's 4% (q 1e-12).",
        [
            ("inferred", "The score for structure is 1.00 of 1."),
            ("observed", "93% is common wording."),
            ("observed", "A day after m first appeared (2026-08-30), 72% was on it, of everyone else's 4%."),
            ("inferred", "Tested against all others: q 1 × 10⁻¹²."),
        ],
    ),
    (
        "A campaign within its pool: 11 accounts sent 2,852 sentences, where their share of the traffic would make 1,841; no other does.",
        [
            ("inferred", "A campaign within its pool."),
            ("observed", "11 accounts sent 2,852 sentences."),
            ("inferred", "Their share of the traffic would make 1,841."),
            ("observed", "No other does."),
        ],
    ),
    ("100% are linked by two independent channels.", [("inferred", "100% are linked by two independent channels.")]),
    ("2 (of 3; really (4; 5)) stop.", [("observed", "2 (of 3; really (4; 5)) stop.")]),
    ("All stop at once.", [("observed", "All stop at once.")]),
    ("", []),
    (f"{BY_A_PERSON}ana cleared it; chance expects: no", [("decided", "ana cleared it; chance expects: no")]),
]


@pytest.mark.parametrize(("reason", "parts"), REASONS)
def test_a_reason_is_taken_apart_by_standing(reason, parts):
    assert reason_parts(reason) == parts


def scored(dossier, score, channels):
    return replace(dossier, cluster={**dossier.cluster, "score": score}, channels=dossier.channels.head(channels))


CONFIDENCE = [(0.95, 4, "high"), (0.95, 3, "high"), (0.95, 2, "moderate"), (0.89, 4, "moderate"), (0.95, 1, "low"), (0.4, 4, "low")]


@pytest.mark.parametrize(("score", "channels", "words"), CONFIDENCE)
def test_confidence_follows_its_rule(score, channels, words, dossier):
    assert claims.confidence(scored(dossier, score, channels)) == words


def test_no_channel_crowds_out_another(dossier):
    assert claims.strongest_entities(dossier, 1)["channel"].to_list() == ["payment", "ip", "prompt", "timing"]


def chanced(dossier, **chance):
    return replace(dossier, manifest={**dossier.manifest, "chance": chance})


def test_chance_findings_speak_against(dossier):
    assert "flagged 2 clusters" in " ".join(claims.counter_evidence(chanced(dossier, shuffles=3, flagged_in_shuffles=2)))
    assert "flagged 0 clusters" in chance_sentence(chanced(dossier, shuffles=3, flagged_in_shuffles=0))
    assert "not known" in " ".join(claims.counter_evidence(chanced(dossier)))
    assert "was not measured" in chance_sentence(chanced(dossier))


def test_counter_evidence_counts_what_the_rows_show(dossier):
    accounts = dossier.accounts.with_columns(org_id=None).with_row_index("i")
    some = accounts.with_columns(
        org_id=accounts["i"].replace_strict({0: "org"}, default=None), bits_ip=accounts["i"].replace_strict({1: -2.0}, default=3.0)
    ).drop("i")
    against = " ".join(claims.counter_evidence(replace(dossier, accounts=some)))
    assert "1 of 40 accounts belong to an openly declared organisation" in against
    assert "In 1 of 40 accounts at least one channel speaks against membership" in against
    assert "8 of the 8 shared entities are also touched by accounts outside" in against


def test_absent_channels_are_named(dossier):
    facts = {**dossier.manifest["channels"], "object": {"available": False, "reason": "x"}}
    against = " ".join(claims.counter_evidence(replace(dossier, manifest={**dossier.manifest, "channels": facts})))
    assert "lack their columns: Shared object." in against and "link no account of this cluster: Registration, Request metadata." in against


def test_limits_state_how_much_is_shown(dossier):
    assert "shows 0 of 77 stored rows" in " ".join(limitations(replace(dossier, observed=77)))
