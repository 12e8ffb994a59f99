import random

import polars as pl

from graph.signals import prompt
from graph.signals.fragments import fragment_table, signature
from tests.graph.nights import a_night, at

WORDS = [f"{a}{b}" for a in ("ba", "ke", "lo", "mi", "nu", "so") for b in ("rant", "lish", "door", "ven", "kop", "tile")]
FORM = "As a patient teacher of the upper school please explain {} to a class of {} who have never met it"


def sent(texts):
    """texts: account → its prompts."""
    rows = [(account, text) for account, told in texts.items() for text in told]
    signed = pl.DataFrame({"text": [text for _, text in rows]}).with_columns(prompt_id=signature("text"))
    exchanges = [
        {"account_id": account, "occurred_at": at(i), "prompt_id": key}
        for i, ((account, _), key) in enumerate(zip(rows, signed["prompt_id"], strict=True))
    ]
    return a_night(exchanges=exchanges, prompts=signed.select("prompt_id", "text").unique("prompt_id").to_dicts())


def chatter(draw, n):
    return [" ".join(draw.choices(WORDS, k=20)) + "." for _ in range(n)]


def test_texts_that_fill_in_one_form_are_one_template_though_they_share_no_sentence():
    draw = random.Random(3)
    forms = {f"f{i}": [FORM.format(*draw.sample(WORDS, 2)) for _ in range(3)] for i in range(8)}
    night = sent(forms | {f"o{i}": chatter(draw, 3) for i in range(8)})
    told = prompt.templates(night).collect()
    assert set(told["account_id"]) == set(forms)
    assert told["value"].n_unique() == 1
    assert told["n"].to_list() == [3] * 8
    texts = night.prompts.collect()
    shared = fragment_table(texts)[0].group_by("fragment_id").len()
    assert shared["len"].max() == 1


def test_a_sample_of_prompts_finds_the_same_templates(monkeypatch):
    draw = random.Random(3)
    texts = {f"f{i}": [FORM.format(*draw.sample(WORDS, 2), i, j) for j in range(40)] for i in range(8)}
    everything = prompt.templates(sent(texts)).collect()
    monkeypatch.setattr(prompt, "_MOST_TEXTS", 100)
    some = prompt.templates(sent(texts)).collect()
    assert set(some["account_id"]) == set(everything["account_id"])
    assert 20 < some["n"].sum() < everything["n"].sum() / 2


def test_without_stored_texts_nothing_is_found():
    assert prompt.templates(a_night(exchanges=[{"account_id": "a", "occurred_at": at(0), "prompt_id": 1}])).collect().is_empty()
