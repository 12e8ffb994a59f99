"""Texts as pure functions of numbers: a source and a key give the same prompt on every run, all rows at once.

The grammar (grammar.py) maps a symbol to its productions. A production is text with `{symbol}` parts, chosen by the row's
key, and `{!symbol}` parts, chosen by the row's *scaffold* key: rows that share the scaffold key share that wording. So one
grammar gives exact copies (few keys), slot-filled templates (one scaffold) and paraphrases (a scaffold per row).
"""

import gzip
import itertools
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.errors import DataRefused
from ingest.simulate.grammar import PRODUCTIONS

Keys = NDArray[np.uint64]

_PIECE = re.compile(r"\{(!?)([a-z0-9_.]+)\}")
_LONGEST_TEXT = 3000
_FEW_ROWS = 250  # up to here plain Python joins strings sooner than a query is planned


def mix(*parts: Keys | int) -> Keys:
    """Hash numbers to 64 bits, elementwise (the finaliser of splitmix64, Steele et al. 2014)."""
    value = np.zeros(1, np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            number = np.uint64(part & 0xFFFFFFFFFFFFFFFF) if isinstance(part, int) else part.astype(np.uint64)
            value = (value ^ number) + np.uint64(0x9E3779B97F4A7C15)
            value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            value = value ^ (value >> np.uint64(31))
    return value


@dataclass(frozen=True)
class Source:
    """Where texts come from: a root symbol of the grammar, or (where `texts` is given) a list.

    scaffold: seed of the shared wording, None = every text has its own · items: number of different texts, None = unbounded
    · before, after: fixed words around each text.
    """

    root: str
    scaffold: int | None = None
    items: int | None = None
    before: str = ""
    after: str = ""
    texts: tuple[str, ...] = ()


@dataclass
class Library:
    """The sources of one world, numbered in the order they were added."""

    sources: list[Source] = field(default_factory=list)
    real: dict[str, tuple[str, ...]] = field(default_factory=dict)  # kind → texts of the --prompts file

    def add(self, source: Source) -> int:
        self.sources.append(source)
        return len(self.sources) - 1


def render(library: Library, source: NDArray[np.int16], key: Keys) -> pl.Series:
    """The text of each row. Rows of one root are written together, whatever their source."""
    frame = pl.DataFrame({"root": _per_source(library, source, "root"), "row": np.arange(len(source))})
    texts: list[pl.Series] = []
    rows: list[NDArray[np.int64]] = []
    for (root,), group in frame.group_by("root", maintain_order=True):
        index = group["row"].to_numpy()
        rows.append(index)
        texts.append(_render_root(library, str(root), source[index], key[index]))
    order = np.argsort(np.concatenate(rows), kind="stable") if rows else np.empty(0, np.int64)
    return (pl.concat(texts) if texts else pl.Series(dtype=pl.String)).gather(order)


def text(source: Source, key: int) -> str:
    """One text of a source."""
    return str(render(Library([source]), np.zeros(1, np.int16), np.array([key], np.uint64))[0])


def _per_source(library: Library, source: NDArray[np.int16], attribute: str) -> pl.Series:
    return pl.Series([getattr(s, attribute) for s in library.sources], dtype=pl.String).gather(source)


def _render_root(library: Library, root: str, source: NDArray[np.int16], key: Keys) -> pl.Series:
    items = np.array([s.items or 0 for s in library.sources], np.uint64)[source]
    key = np.where(items > 0, mix(key) % np.maximum(items, 1), key)
    frozen = np.array([s.scaffold is not None for s in library.sources])[source]
    scaffold = np.array([(s.scaffold or 0) for s in library.sources], np.uint64)[source]
    listed = root == "texts"
    text = _listed(library, source, key) if listed else _expand(root, key, np.where(frozen, mix(scaffold), key), 1)
    return _around(library, source, text)


def _around(library: Library, source: NDArray[np.int16], text: pl.Series) -> pl.Series:
    around = pl.DataFrame({"a": _per_source(library, source, "before"), "t": text, "b": _per_source(library, source, "after")})
    return around.select(pl.concat_str("a", "t", "b"))["a"]


def _listed(library: Library, source: NDArray[np.int16], key: Keys) -> pl.Series:
    lists = [s.texts for s in library.sources]
    first = np.cumsum([0, *(len(t) for t in lists)])
    length = np.array([max(1, len(t)) for t in lists], np.uint64)
    every = pl.Series([text for texts in lists for text in texts], dtype=pl.String)
    return every.gather(first[source] + (key % length[source]).astype(np.int64))


def _compile(text: str) -> tuple[str | tuple[bool, str], ...]:
    pieces: list[str | tuple[bool, str]] = []
    end = 0
    for found in _PIECE.finditer(text):
        pieces += [text[end : found.start()], (found[1] == "!", found[2])]
        end = found.end()
    return tuple(p for p in (*pieces, text[end:]) if p)


_GRAMMAR = {symbol: tuple(_compile(line) for line in lines) for symbol, lines in PRODUCTIONS.items()}
_WORDS = {
    symbol: pl.Series([line[0] for line in lines], dtype=pl.String)
    for symbol, lines in _GRAMMAR.items()
    if all(len(line) == 1 and isinstance(line[0], str) for line in lines)
}
_SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in "aeiou")
_NUMBERS = {"n": (2, 60), "k": (100, 9_999), "year": (1950, 2026), "pct": (3, 97)}


def _expand(symbol: str, key: Keys, scaffold: Keys, salt: int) -> pl.Series:
    """Text of `symbol` for each row; `salt` is different at each place of the tree, so that choices are independent."""
    chosen = mix(key, salt)
    if symbol == "coined":
        return coined(chosen)
    if symbol in _NUMBERS:
        low, high = _NUMBERS[symbol]
        return pl.Series((chosen % np.uint64(high - low) + np.uint64(low)).astype(np.int64)).cast(pl.String)
    productions = _GRAMMAR[symbol]
    which = (chosen % np.uint64(len(productions))).astype(np.int64)
    if symbol in _WORDS:
        return _WORDS[symbol].gather(which)
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(len(productions) + 1))
    texts = []
    for i, production in enumerate(productions):
        rows = order[bounds[i] : bounds[i + 1]]
        if len(rows):
            texts.append(_join(production, key[rows], scaffold[rows], (salt * 131 + i * 17 + 7) % (1 << 61)))
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return (pl.concat(texts) if texts else pl.Series(dtype=pl.String)).gather(back)


def coined(key: Keys) -> pl.Series:
    """An invented name for each key, of 70,000: the long tail of any vocabulary."""
    return _coined().gather((key % np.uint64(_coined().len())).astype(np.int64))


@cache
def _coined() -> pl.Series:
    syllables = pl.DataFrame({"s": list(_SYLLABLES)})
    heads = syllables.select(pl.col("s").str.slice(0, 1).str.to_uppercase() + pl.col("s").str.slice(1)).join(
        syllables.rename({"s": "b"}), how="cross", maintain_order="left_right"
    )
    tails = pl.DataFrame({"c": ["n", "x", "", *_SYLLABLES[::5]]})
    return heads.join(tails, how="cross", maintain_order="left_right").select(pl.concat_str("s", "b", "c").alias("coined"))["coined"]


def _join(production: tuple[str | tuple[bool, str], ...], key: Keys, scaffold: Keys, salt: int) -> pl.Series:
    """The rows of one production. A symbol that it holds several times is expanded once, for all its places."""
    places: dict[tuple[bool, str], list[int]] = {}
    for place, piece in enumerate(production):
        if not isinstance(piece, str):
            places.setdefault(piece, []).append(place)
    columns: dict[str, pl.Series] = {}
    for (shared, symbol), where in places.items():
        own = np.concatenate([mix(scaffold if shared else key, salt + place) for place in where])
        common = np.concatenate([mix(scaffold, salt + place) for place in where])
        text = _expand(symbol, own, common, 1)
        columns |= {f"p{place}": text[i * len(key) : (i + 1) * len(key)] for i, place in enumerate(where)}
    if len(key) <= _FEW_ROWS:
        said = [itertools.repeat(p, len(key)) if isinstance(p, str) else columns[f"p{i}"].to_list() for i, p in enumerate(production)]
        return pl.Series(["".join(row) for row in zip(*said, strict=True)], dtype=pl.String)
    parts = [pl.lit(piece) if isinstance(piece, str) else pl.col(f"p{place}") for place, piece in enumerate(production)]
    columns["length"] = pl.Series(np.zeros(len(key), np.int8))
    return pl.DataFrame(columns).with_columns(pl.concat_str(parts).alias("text"))["text"]


def read_prompts(path: Path) -> dict[str, tuple[str, ...]]:
    """Real prompts by kind from JSON Lines (.gz or plain): objects with `kind` and `text`. Raises DataRefused."""
    try:
        content = path.read_bytes()
        lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8").split("\n")
        rows = [json.loads(line) for line in lines if line.strip()]
        pairs = [(str(row["kind"]), str(row["text"])[:_LONGEST_TEXT]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DataRefused(f"{path}: cannot be read as prompts ({error!r}). Give JSON Lines with `kind` and `text`.") from error
    if not pairs:
        raise DataRefused(f"{path}: holds no prompts. Give JSON Lines with `kind` and `text`.")
    kinds = sorted({kind for kind, _ in pairs})
    return {kind: tuple(text for k, text in pairs if k == kind) for kind in kinds}
