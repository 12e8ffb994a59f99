"""The table of rules, and that the documentation tells all of it."""

from pathlib import Path

from graph.vocabulary import REQUIRED
from ingest.mapping import INPUT_COLUMNS
from ingest.rules import RULES

DOCUMENT = (Path(__file__).parents[2] / "docs" / "ingest.md").read_text("utf-8")


def test_every_rule_is_documented_in_its_own_words() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert f"| {rule.name} | {rule.sentence} |" in DOCUMENT


def test_every_column_is_documented() -> None:
    for table, columns in INPUT_COLUMNS.items():
        line = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| {table} |"))
        for column in columns:
            assert (f"**{column}**" if column in REQUIRED[table] else f" {column}") in line, column
