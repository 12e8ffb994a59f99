"""The rule file: what is shipped holds together, what a workspace adds is taken, what is wrong is refused with its line."""

import re

import polars as pl
import pytest

from graph import rules
from graph.errors import DataRefused, StorageError

NEW = """\
[haiku]
words = "ask for a haiku"
any = ['\\bhaiku\\b']
"""


def own(folder, text):
    (folder / rules.FILE).write_text(text, "utf-8")
    return {capability.name: capability for capability in rules.load(folder)}


def test_the_shipped_rules_are_sorted_and_say_what_they_look_at(tmp_path):
    shipped = rules.load(tmp_path)
    assert [c.name for c in shipped] == sorted(c.name for c in shipped)
    assert {"reasoning", "elicitation", "grading", "coding", "agentic", "long_tasks"} <= {c.name for c in shipped if c.trains}
    assert rules.words(shipped)["coding"] == "ask for code"


def test_a_workspace_adds_replaces_and_takes_away(tmp_path):
    mine = own(tmp_path, NEW + "[coding]\nwords = 'ask for cobol'\nany = ['cobol']\n[summary]\noff = true\n")
    assert mine["haiku"].words == "ask for a haiku"
    assert mine["coding"].any == "(?:cobol)" and not mine["coding"].trains
    assert "summary" not in mine and "maths" in mine


def test_the_digest_follows_the_rules(tmp_path):
    before = rules.digest(rules.load(tmp_path))
    own(tmp_path, NEW)
    assert rules.digest(rules.load(tmp_path)) != before
    assert rules.digest(rules.load(tmp_path)) == rules.digest(rules.load(tmp_path))


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("words = 3\n", 1, "is no table"),
        ("[Big]\nwords = 'x'\nany = ['x']\n", 1, "is no name"),
        ("[a]\nwords = 'x'\nany = ['x']\ncolour = 1\n", 4, "unknown key colour"),
        ("[a]\nwords = 'x'\nany = 'x'\n", 3, "any is no list"),
        ("[a]\nwords = 'x'\noutput_tokens_above = true\n", 3, "output_tokens_above is no int"),
        ("[a]\nwords = 'x'\nany = ['x', 3]\n", 3, "which is no text"),
        ("[a]\nwords = 'x'\n", 1, "has no condition"),
        ("[a]\nany = ['x']\n", 1, "needs words"),
        ("[a]\nwords = 'x\u202ey'\nany = ['x']\n", 1, "needs words"),
        ("[b]\nwords = 'x'\nany = ['x']\n[a]\nwords = 'x'\nany = [\n  'fine',\n  '(open',\n]\n", 8, "unclosed group"),
        ("[a]\nwords = 'x'\nany = ['(?=ahead)x']\n", 3, "look-around"),
        ("[a]\nwords = 'x'\nany = ['(a)\\1']\n", 3, "backreferences"),
        ("[a]\nwords = 'x'\nany = ['a{999}{999}{9}']\n", 3, "size limit"),
        ("[a]\nwords = 'x'\nany = ['x*']\n", 3, "matches an empty text"),
    ],
)
def test_a_bad_rule_is_refused_with_its_line(tmp_path, text, line, fault):
    with pytest.raises(DataRefused) as refusal:
        own(tmp_path, text)
    told = str(refusal.value)
    assert rules.FILE in told and f"line {line}:" in told and fault in told
    assert "\n" not in told


def test_what_is_no_toml_is_refused(tmp_path):
    with pytest.raises(DataRefused, match="line 1"):
        own(tmp_path, "[a\n")
    (tmp_path / rules.FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(DataRefused, match="valid TOML"):
        rules.load(tmp_path)
    (tmp_path / rules.FILE).unlink()
    (tmp_path / rules.FILE).mkdir()
    with pytest.raises(StorageError):
        rules.load(tmp_path)


def test_a_gap_stays_within_a_sentence_and_a_boundary_is_of_ascii(tmp_path):
    rule = own(tmp_path, "[a]\nwords = 'x'\nany = ['write … \\bcode\\b']\n")["a"]
    texts = pl.Series(["write me, please, some code now", "write to me. here is code", "write 用code写", "write the codec"])
    assert texts.str.contains(rule.any).to_list() == [True, False, False, False]
    assert re.search(r"\(\?-u:\\b\)code", rule.any)
