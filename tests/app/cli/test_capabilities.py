"""What members ask for, from the rule file of a workspace to `clew show`."""

import json
from dataclasses import replace

from app.cli.main import run_command
from graph.store import snapshot, tables
from graph.store.workspace import open_workspace


def shown(capsys, case, cluster_id, shape="json"):
    capsys.readouterr()
    assert run_command(["show", str(case), cluster_id, "--format", shape]) == 0
    text = capsys.readouterr().out
    return json.loads(text) if shape == "json" else text


def first_cluster(case):
    return snapshot.latest(open_workspace(case)).clusters()[0]["cluster_id"]


def test_show_tells_what_members_ask_for(case, capsys):
    found = shown(capsys, case, first_cluster(case))
    names = {row["capability"] for row in found["capabilities"]}
    assert {"coding", "grading", "elicitation"} <= names
    assert {"share", "population_share", "lift", "q_value", "accounts", "since", "concentration"} <= set(found["capabilities"][0])
    assert "capability=" in shown(capsys, case, first_cluster(case), "text")


def test_a_workspace_brings_its_own_rules(own_case, capsys):
    (own_case / "capabilities.toml").write_text("[any_word]\nwords = 'hold a word'\nany = ['\\w']\n", "utf-8")
    before = snapshot.latest(open_workspace(own_case)).snapshot_id
    assert run_command(["detect", str(own_case)]) == 0
    assert snapshot.latest(open_workspace(own_case)).snapshot_id != before
    rows = {row["capability"]: row for row in shown(capsys, own_case, first_cluster(own_case))["capabilities"]}
    assert rows["any_word"]["share"] > 0.9 and 0.9 < rows["any_word"]["lift"] < 1.2


def test_a_bad_rule_ends_the_run_with_its_line(own_case, capsys):
    (own_case / "capabilities.toml").write_text("[x]\nwords = 'x'\nany = ['(']\n", "utf-8")
    assert run_command(["detect", str(own_case)]) == 3
    assert "line 3: [x]" in capsys.readouterr().err


def test_where_texts_have_expired_the_profile_is_not_available(own_case, capsys):
    space = open_workspace(own_case)
    manifest = tables.current(space)
    tables.commit(space, replace(manifest, parts=tuple(part for part in manifest.parts if part.table != "prompts")))
    for old in space.snapshots.iterdir():
        old.rename(own_case / f"aside-{old.name}")
    assert run_command(["detect", str(own_case)]) == 0
    found = shown(capsys, own_case, first_cluster(own_case))
    assert found["capabilities"].startswith("not available")
    assert any("Focus 0.00: not available" in reason for reason in found["reasons"])


def test_a_snapshot_of_an_older_clew_has_no_profile(own_case, capsys):
    root = snapshot.latest(open_workspace(own_case)).root
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["files"].pop("capabilities.parquet")
    (root / "manifest.json").write_text(json.dumps(manifest))
    (root / "capabilities.parquet").unlink()
    assert shown(capsys, own_case, first_cluster(own_case))["capabilities"].startswith("not available")
