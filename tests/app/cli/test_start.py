"""What a verb loads before it runs: its own needs, and not those of the others."""

import json
import subprocess
import sys

import pytest

from app.cli.main import clew
from app.cli.options import Verbs

LOADED = "import sys, json; from app.cli.main import run_command; run_command(sys.argv[1:]); print(json.dumps(sorted(sys.modules)))"


def test_explain_waits_for_nothing_it_does_not_use() -> None:
    out = subprocess.run([sys.executable, "-c", LOADED, "explain", "--help"], capture_output=True, check=True, text=True).stdout
    loaded = set(json.loads(out.splitlines()[-1]))
    assert "graph.explain" in loaded
    assert not loaded & {"scipy.stats", "dash", "cryptography", "ingest.load", "graph.detect"}


def test_every_verb_is_found_under_its_name() -> None:
    assert len(clew.commands) == 21
    assert all(command.name == verb for verb, command in clew.commands.items())


def test_verbs_can_be_added_and_removed() -> None:
    verbs = Verbs({"explain": "app.cli.look"})
    verbs["again"] = verbs["explain"]
    assert list(verbs) == ["explain", "again"] and verbs["again"] is verbs["explain"]
    del verbs["again"]
    with pytest.raises(KeyError):
        verbs["again"]
