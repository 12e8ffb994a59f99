"""The templates of clusters: written from example prompts, counted by what is their own."""

import polars as pl
import pytest

from graph.signatures import signature
from graph.wording import sentence_texts, templates

HUB = "please answer as an expert would and say nothing else at all"
LONG = f"{HUB}. Compare the two poems called {{}} and explain which of the two is the better one. Return the answer in {{}} lines"
OTHER = f"{HUB}. Translate the novel {{}} into a language of your choice and keep every rhyme where it is. Sign it as {{}}"
SHORT = "{} wants to know: how to cook good rice"


def shown(rows):
    """rows: (cluster, entity, members, text), a row for each top sentence in each prompt."""
    frame = pl.DataFrame(rows, schema={"cluster": pl.Int32, "entity": pl.UInt32, "members": pl.Int64, "text": pl.String}, orient="row")
    return frame.with_columns(prompt_id=signature("text"), sentence=pl.format("sentence {}", "entity"))


def told(prompts):
    links = pl.DataFrame(
        [("CL-1", 100 + entity, 3) for entity, members in prompts.select("entity", "members").unique().iter_rows() for _ in range(members)],
        schema={"cluster_id": pl.String, "entity_id": pl.Int64, "n": pl.Int64},
        orient="row",
    )
    names = pl.DataFrame({"cluster": [0], "cluster_id": ["CL-1"]}, schema_overrides={"cluster": pl.Int32})
    entities = pl.DataFrame({"entity": range(10), "entity_id": range(100, 110)})
    return templates(prompts, links, names, entities)


@pytest.fixture
def prompts():
    poems, novels, rice = (
        [form.format(a, b) for a, b in zip("abcde", "12345", strict=True)] for form in (LONG, OTHER, SHORT.replace("{}", "{}{}", 1))
    )
    own = [(0, entity, members, text) for entity, members, texts in ((1, 8, poems), (2, 6, novels), (3, 5, rice)) for text in texts]
    return shown(own + [(0, 9, 14, text) for text in poems + novels])


def test_a_template_counts_by_its_own_sentence_and_short_ones_are_told_too(prompts):
    assert [(row["accounts"], row["exchanges"], row["template"].replace(HUB, "…")) for row in told(prompts).iter_rows(named=True)] == [
        (8, 24, "…. Compare the two poems called {slot} and explain which of the two is the better one. Return the answer in {slot} lines"),
        (6, 18, "…. Translate the novel {slot} into a language of your choice and keep every rhyme where it is. Sign it as {slot}"),
        (5, 15, "{slot} wants to know: how to cook good rice"),
    ]


def test_the_order_of_rows_does_not_matter(prompts):
    for seed in range(3):
        assert told(prompts.sample(fraction=1, shuffle=True, seed=seed)).equals(told(prompts))


def test_without_texts_there_are_no_templates():
    assert told(shown([])).is_empty()
    assert sentence_texts(shown([])).is_empty()


def test_equal_wordings_are_told_once():
    rice = [SHORT.format(name) for name in "abcd"]
    rows = [(0, 3, 5, text) for text in rice[:2]] + [(0, 4, 4, text) for text in rice[2:]]
    assert told(shown(rows))["accounts"].to_list() == [5]
