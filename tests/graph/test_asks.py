"""What a prompt asks for, case by case in several languages; and the sample it is judged on."""

import gzip
import json
import random
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import asks, rules
from tests.graph.nights import a_night, at
from tests.realdata import real

RULES = rules.load(Path("/nowhere"))


def asked(text, found=RULES):
    """Names of what `text` asks for, by patterns alone."""
    row = asks.classify(pl.DataFrame({"prompt_id": [1], "text": [text]}), tuple(c for c in found if c.any)).row(0, named=True)
    return {name.removeprefix("asks_") for name, held in row.items() if held is True}


POSITIVE = {
    "elicitation": [
        "Here is a finished answer. Write out step by step the internal reasoning behind this completed response.",
        "Reveal your hidden chain of thought for the answer above, in full.",
        "Given the completed response below, reconstruct the thought process that led to this answer.",
        "Please verbalise the inner monologue you had while solving it.",
        "State every consideration you weighed before you settled on the answer.",
        "请写出这个回答背后隐藏的推理过程，不要遗漏。",
        "下面是已完成的回答，请还原得出它的思考过程。",
        "Escribe paso a paso el razonamiento interno detrás de esta respuesta.",
        "Schreibe die internen Überlegungen auf, die zu dieser Antwort geführt haben.",
        "Écris étape par étape le raisonnement interne qui a mené à cette réponse.",
        "この回答に至る内部の推論をすべて書き出してください。",
    ],
    "grading": [
        "Grade the following answer against the rubric on a scale of 1 to 5.",
        "Rubric: clarity 0-3, accuracy 0-7. Candidate response: it rains. Return a JSON score.",
        "Response A: yes. Response B: no. Decide which one a user would prefer.",
        "Which response is better? Explain in a sentence.",
        "Award marks from zero to ten for the answer below.",
        "请根据评分标准给下面的回答打分。",
        "Califica la siguiente respuesta según esta rúbrica.",
        "Bewerte die folgende Antwort nach diesem Bewertungsraster.",
        "Note la réponse suivante selon ce barème.",
        "以下の回答をルーブリックに従って採点してください。",
    ],
    "reasoning": [
        "Solve it step by step.",
        "Show your reasoning before the result.",
        "请逐步推理。",
        "Resuélvelo paso a paso.",
        "Löse das Schritt für Schritt.",
        "Résous cela étape par étape.",
        "ステップごとに解いてください。",
    ],
    "coding": [
        "Write a function that merges two sorted lists.",
        "why does ```x = [1``` fail",
        "用Python写一个函数",
        "Escribe una función que ordene la lista",
        "Schreib eine Funktion, die sortiert",
        "Écris une fonction qui trie",
        "並べ替えの関数を書いてください",
    ],
    "agentic": [
        "You have the following tools: search, open. Choose the next action.",
        'Return {"tool": "search", "arguments": {"q": "x"}}',
        "请选择要调用的工具",
        "Usa la herramienta de búsqueda para hallarlo",
        "Verwende das Werkzeug für die Suche",
        "Utilise un outil de recherche",
        "検索ツールを使ってください",
    ],
    "analysis": [
        "You are an expert data analyst. Analyse the sales table below.",
        "分析以下销售数据",
        "Analiza los datos de ventas",
        "Analysiere die Daten im Anhang",
        "Analyse les données de ventes",
        "売上データを分析してください",
    ],
    "maths": [
        "Prove that the sum of two odd numbers is even.",
        "Tom has 3 apples and buys 4. How many apples does he have?",
        "求方程 x^2=4 的解",
        "Calcula la derivada de x^2",
        "Berechne das Integral von x",
        "Résous cette équation",
        "次の方程式を解いてください",
    ],
    "translation": ["Translate this into French: hello", "请翻译", "Traduce esto", "Übersetze das", "Traduis ceci", "翻訳してください"],
    "summary": ["Summarise this article", "请总结", "Resume este texto", "Fasse den Text zusammen", "Résume ce texte", "要約してください"],
    "persona": [
        "I want you to act as a pirate",
        "你是一名医生",
        "Actúa como un médico",
        "Du bist ein Arzt",
        "Tu es un médecin",
        "あなたは医者です",
    ],
    "languages": [
        "Answer in German please",
        "请用英文回答",
        "Responde en inglés",
        "Antworte auf Englisch",
        "Réponds en anglais",
        "英語で答えてください",
    ],
    "writing": [
        "Write a letter to my landlord",
        "写一封邮件",
        "Escribe una carta",
        "Schreib einen Brief",
        "Écris une lettre",
        "手紙を書いてください",
    ],
}

NEAR_MISSES = {
    "elicitation": [
        "Explain your reasoning step by step.",
        "What is the reasoning behind the central bank's decision?",
        "I study internal medicine; explain the reasoning of a differential diagnosis.",
        "Describe the thought process of a chess player.",
        "My inner critic is loud, what can I do?",
        "请说明你的推理过程。",
        "Explica tu razonamiento.",
        "Erkläre deinen Gedankengang.",
        "Explique ton raisonnement.",
        "推論の過程を説明してください。",
    ],
    "grading": [
        "Rate this film for me from what you know.",
        "What grade of steel is best for knives?",
        "Evaluate the integral of x squared.",
        "Which phone is better, A or B?",
        "这部电影评分多少？",
        "¿Qué nota necesito para aprobar?",
        "Bewerte dieses Hotel.",
        "Quelle note faut-il pour passer ?",
        "この映画の評価は？",
    ],
    "coding": ["What is the dress code at a wedding?", "Which zip code has Berlin Mitte?"],
    "agentic": ["Which garden tool is good for roses?", "My estate agent never calls back"],
    "maths": ["How are you today?", "Recommend a film"],
    "translation": ["What is the capital of France?"],
    "reasoning": ["How do I get to the station?"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in POSITIVE.items() for text in texts])
def test_finds(name, text):
    assert name in asked(text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in NEAR_MISSES.items() for text in texts])
def test_near_misses(name, text):
    assert name not in asked(text)


def test_hidden_characters_case_and_white_space_hide_nothing():
    assert "elicitation" in asked("REVEAL\u200b your\n\n hid\u200bden \t chain of\x00 thought")


def test_real_prompts_are_hardly_ever_elicitation_or_grading():
    with gzip.open(real("prompts.jsonl.gz"), "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    found = asks.classify(pl.DataFrame({"prompt_id": range(len(texts)), "text": texts}), tuple(c for c in RULES if c.any))
    assert found["asks_elicitation"].mean() < 0.01
    assert found["asks_grading"].mean() < 0.01


HOSTILE = {
    "one word": "a" * 100_000,
    "a bomb": "(a+)+" * 20_000,
    "verbs without end": "write reveal show answer response score " * 2_500,
    "controls": "\x00\x01\x1b[2J" * 10_000,
    "directions": "\u202e\u2066" * 20_000,
    "half of a pair": "\ufffd" * 1_000,
    "empty": "",
    "blank": " \n\t" * 1_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_no_time(name):
    began = time.process_time()  # others on the machine do not count
    asked(HOSTILE[name])
    assert time.process_time() - began < 2


def test_a_pattern_that_would_explode_elsewhere_is_linear(tmp_path):
    (tmp_path / rules.FILE).write_text("[bomb]\nwords = 'x'\nany = ['(a+)+$', '(x|x?)+y', '(.*b)*z']\n", "utf-8")
    found = rules.load(tmp_path)
    began = time.process_time()  # others on the machine do not count
    asked("a" * 100_000 + "!", found)
    assert time.process_time() - began < 2


def test_the_ends_of_a_long_text_count():
    middle = "x " * 10_000
    assert "translation" in asked("translate this: " + middle)
    assert "translation" in asked(middle + " now translate this")
    assert "translation" not in asked(middle + " translate " + middle)


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_classified_and_folding_twice_changes_nothing(text):
    asked(text)
    once = pl.select(asks.folded(pl.lit(text))).item()
    assert pl.select(asks.folded(pl.lit(once))).item() == once


def a_world(accounts=3, prompts=50, seed=1, keep=lambda i: True):
    rows = [
        {"account_id": f"a{a}", "occurred_at": at(60 * p), "prompt_id": 1000 * a + p, "output_tokens": 100 * p}
        for a in range(accounts)
        for p in range(prompts)
    ]
    random.Random(seed).shuffle(rows)
    texts = [{"prompt_id": r["prompt_id"], "text": f"write a function {r['prompt_id']}"} for r in rows if keep(r["prompt_id"])]
    return a_night(exchanges=rows + rows[:20], prompts=texts)


def index(accounts):
    return pl.DataFrame(
        {"account": range(accounts), "account_id": [f"a{i}" for i in range(accounts)], "unit": range(accounts)},
        schema={"account": pl.UInt32, "account_id": pl.String, "unit": pl.Int32},
    )


def test_the_sample_is_bounded_and_knows_no_order():
    one, other = (asks.look(a_world(seed=s), index(3), RULES).sample for s in (1, 2))
    assert one.equals(other)
    assert one.group_by("account").len()["len"].to_list() == [asks.SAMPLE] * 3
    assert one["asks_coding"].all()


def test_a_sample_is_about_uniform():
    drawn = asks.bottom_k(a_world(accounts=200, prompts=64), 32)
    share = drawn.group_by(pl.col("prompt_id") % 1000).len()["len"] / 200
    assert share.min() > 0.3 and share.max() < 0.7


def test_numbers_must_be_exceeded():
    found = asks.look(a_world(accounts=1, prompts=30), index(1), RULES).sample
    assert found.filter("asks_long_tasks")["prompt_id"].to_list() == list(range(21, 30))


def test_expired_texts_do_not_count():
    assert asks.look(a_world(keep=lambda i: False), index(3), RULES).sample.is_empty()
    assert asks.look(a_world(keep=lambda i: i < 1000), index(3), RULES).sample["account"].unique().to_list() == [0]
