"""Templates among prompts: found whatever stands in their slots, in whatever order the prompts come."""

import gzip
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.signatures import signature
from graph.template_mining import mine
from tests.realdata import real

STEMS = [a + b for a in ("ba", "ko", "ri", "su", "te", "mo") for b in ("lan", "dor", "fix", "gen", "pur")]
WORDS = [stem + end for stem in STEMS for end in ("", "ed", "ing", "s")]
HAN = [chr(c) for c in range(0x4E00, 0x4E00 + 600)]


def prose(dice, count, words=WORDS, joint=" "):
    return joint.join(dice.choice(words) for _ in range(count))


def english(dice):
    """A form of 1 to 4 slots among fixed runs; slots may stand at its ends and hold a word, a number or a paragraph."""
    runs = [prose(dice, dice.randint(14, 25)) for _ in range(dice.randint(1, 4))]
    lengths = [dice.choice([1, 2, 8, 40]) for _ in runs]
    return lambda: " ".join(f"{run} {prose(dice, n) if n > 1 else dice.randint(1, 9999)}" for run, n in zip(runs, lengths, strict=True))


def chinese(dice):
    head, tail = prose(dice, 16, HAN, ""), prose(dice, 12, HAN, "")
    return lambda: f"{head}：{prose(dice, dice.randint(5, 30), HAN, '')}。{tail}"


def leading_slot(dice):
    tail = prose(dice, 30)
    return lambda: f"{prose(dice, 60)}\n{tail}"


def planted(seed, singles=600):
    """text, form: 36 forms of three shapes, 2 to 60 prompts each, a sentence that all English ones share, and unrelated prompts."""
    dice = random.Random(seed)
    greeting = prose(dice, 15)
    rows = []
    for number in range(36):
        shape = (english, chinese, leading_slot)[number % 3](dice)
        shared = "" if number % 3 == 1 else greeting + ". "
        rows += [(shared + shape(), f"form {number}") for _ in range(dice.choice([2, 3, 5, 10, 25, 60]))]
    rows += [(prose(dice, dice.randint(5, 80)), f"single {n}") for n in range(singles)]
    return keyed(rows)


def keyed(rows):
    frame = pl.DataFrame(rows, schema=["text", "form"], orient="row").unique("text", keep="first", maintain_order=True)
    return frame.with_columns(prompt_id=signature("text"))


def adjusted_rand(labelled, found):
    """Hubert and Arabie (1985), over all texts; those of no template are each a class of their own."""
    own = pl.col("prompt_id").cast(pl.String)
    both = labelled.join(found, on="prompt_id", how="left").select("form", t=pl.col("template").cast(pl.String).fill_null("own " + own))

    def pairs(*columns):
        n = both.group_by(*columns).len()["len"].cast(pl.Float64)
        return (n * (n - 1) / 2).sum()

    every = both.height * (both.height - 1) / 2
    chance = pairs("form") * pairs("t") / every
    return (pairs("form", "t") - chance) / ((pairs("form") + pairs("t")) / 2 - chance)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_forms_are_found(seed):
    labelled = planted(seed)
    found = mine(labelled.select("prompt_id", "text"))
    assert adjusted_rand(labelled, found) >= 0.9
    singles = labelled.filter(pl.col("form").str.starts_with("single"))
    assert singles.join(found, on="prompt_id").is_empty()


def test_a_template_is_named_after_one_of_its_texts():
    found = mine(planted(4).select("prompt_id", "text"))
    named = found.filter(pl.col("prompt_id") == pl.col("template"))
    assert set(named["template"]) == set(found["template"])
    assert found["prompt_id"].is_unique().all() and found.group_by("template").len()["len"].min() >= 2


def test_the_order_of_rows_does_not_matter():
    texts = planted(5, singles=50).select("prompt_id", "text")
    for seed in range(3):
        assert mine(texts.sample(fraction=1, shuffle=True, seed=seed)).equals(mine(texts))


WRAPPERS = [prose(random.Random(n), 18) + ".\n{}\n" + prose(random.Random(100 + n), 9) for n in range(20)] + [
    "请一步一步地思考下面的问题，并在最后一行给出答案。\n{}",
    "你是一名经验丰富的老师。学生问：“{}”请先给提示，再给出完整解答。",
    "{}\n请以JSON格式输出，包含“推理”和“答案”两个字段，不要解释其他任何内容。",
]


def test_real_prompts_in_many_wrappers():
    """Each question may stand in several wrappers, so that it is a form too, and must lose to the wrapper."""
    prompts = pl.read_ndjson(gzip.decompress(real("prompts.jsonl.gz").read_bytes())).unique("text", keep="first", maintain_order=True)
    asked = prompts.filter(pl.col("kind").is_in(["benchmark_math", "benchmark_code", "zh_benchmark"]))["text"].to_list()
    others = prompts.filter(pl.col("kind").is_in(["benign_persona", "zh_persona"]))["text"].to_list()
    dice = random.Random(1)
    rows = [(w.format(q), f"wrapper {n}") for n, w in enumerate(WRAPPERS) for q in dice.sample(asked, dice.choice([3, 10, 40, 150]))]
    labelled = keyed(rows + [(text, f"single {n}") for n, text in enumerate(others)])
    assert adjusted_rand(labelled, mine(labelled.select("prompt_id", "text"))) >= 0.9


HOSTILE = st.text(st.sampled_from("aAb \n\t0٣²5.,{}İßé\u0301字ก\u202e\u200b\x00\U0001f600"), max_size=60)


@settings(max_examples=50)
@given(st.lists(HOSTILE, max_size=8, unique=True))
def test_hostile_texts_do_no_harm(texts):
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String}).with_columns(prompt_id=signature("text"))
    found = mine(frame)
    assert found.schema == {"prompt_id": pl.Int64, "template": pl.Int64}
    assert set(found["template"]) <= set(frame["prompt_id"])
    assert mine(frame.reverse()).equals(found)


def test_very_long_texts_are_cut_not_refused():
    texts = pl.DataFrame({"text": ["word " * 50_000, "字" * 200_000, "\x00" * 50_000]}).with_columns(prompt_id=signature("text"))
    assert mine(texts).is_empty()
