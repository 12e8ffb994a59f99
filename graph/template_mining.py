"""Templates among distinct prompts: which fill in the same form, whatever stands in its slots.

A text is cut into shingles of 4 tokens (Broder 1997), every number as 0. Shingles found in exactly the same texts belong together: an
*atom*, recognised without comparing sets by the first and the last text it is in, texts taken in the order of their signatures (a
min-hash at each end). An atom of `mass` shingles in `n` texts is a biclique between the two; a text takes that of largest n·√mass, then
goes down to one nested in it that is at least as long: many templates share a sentence, each has more of its own. Groups that share
most of the longer one's fixed text are one template. No two texts are compared, so work grows with the shingles that texts share.

Small templates lose to the lines of eleven words and more that go with everything (a closing line), and templates without fixed text
of that length are not seen.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import polars_hash as plh

from graph.templates import HALF, SHINGLE, tokenised

_LEAST_MASS: Final = 8  # shingles, so 11 tokens on end: with 4, stock phrases put 30 % of unrelated prompts into templates
_MOST_ATOMS: Final = 8  # of a text, best first: bounds the pairs looked at for nesting
_MOST_CORES: Final = 100  # a shingle in the fixed text of more templates does not tell which it is
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: Fibonacci hashing (Knuth, vol. 3, 6.4)


def mine(texts: pl.DataFrame) -> pl.DataFrame:
    """Distinct texts (`prompt_id`, the signature of `text`) → `prompt_id`, `template`: those in a template of two texts or more.

    `template` is the prompt_id of one text of it. Texts of no template are left out.
    """
    ordered = texts.sort("prompt_id").with_row_index("doc")
    shared = _shared(_shingles(ordered))
    shingles = shared.select("doc", "s")
    groups = _rehome(shingles, _merge(shingles, _choose(_candidates(shared))))
    named = groups.join(ordered.select("doc", "prompt_id"), on="doc")
    return named.select("prompt_id", template=pl.col("prompt_id").min().over("g")).sort("prompt_id")


def _shingles(texts: pl.DataFrame) -> pl.DataFrame:
    """doc, text → distinct doc, s: a rolling hash of every SHINGLE tokens on end."""
    plain = pl.col("text").str.to_lowercase().str.replace_all(r"\p{N}+", "0")
    tokens = texts.select("doc", t=tokenised(plain)).explode("t", empty_as_null=False)
    token = tokens.select(plh.col("t").nchash.xxh3_64()).to_series().to_numpy()
    doc = tokens["doc"].to_numpy()
    length = max(0, len(token) - SHINGLE + 1)
    s = np.zeros(length, np.uint64)
    for i in range(SHINGLE):
        s = s * _MIX + token[i : length + i]
        s ^= s >> np.uint64(29)
    whole: npt.NDArray[np.bool_] = doc[:length] == doc[len(doc) - length :]
    return pl.DataFrame({"doc": doc[:length][whole], "s": s[whole]}).unique()


def _shared(shingles: pl.DataFrame) -> pl.DataFrame:
    """doc, s, a: the shingles of two texts or more, with the atom each belongs to."""
    ends = shingles.group_by("s").agg(first=pl.col("doc").min(), last=pl.col("doc").max()).filter(pl.col("first") < pl.col("last"))
    return shingles.join(ends.select("s", a=pl.col("first").cast(pl.UInt64) * 2**32 + pl.col("last")), on="s")


def _best(rows: pl.DataFrame, by: list[str], *order: str) -> pl.DataFrame:
    """The row of each `by` with the greatest `order`."""
    ranked = rows.sort(*by, *order, descending=[False] * len(by) + [True] * len(order))
    return ranked.unique(by, keep="first", maintain_order=True)


def _candidates(shared: pl.DataFrame) -> pl.DataFrame:
    """doc, a, m (shingles of the atom in the text), n (texts that have most of it), v: at most _MOST_ATOMS a text."""
    found = shared.group_by("doc", "a").agg(m=pl.len()).filter(pl.col("m") >= _LEAST_MASS)
    found = found.filter(HALF * pl.col("m") >= pl.col("m").max().over("a")).with_columns(n=pl.len().over("a")).filter(pl.col("n") > 1)
    found = found.with_columns(v=pl.col("n") * pl.col("m").sqrt()).sort("doc", "v", "a", descending=[False, True, True])
    return found.filter(pl.int_range(pl.len()).over("doc") < _MOST_ATOMS)


def _choose(found: pl.DataFrame) -> pl.DataFrame:
    """doc, g: each text's atom, chosen once by all texts that have it and again by those that chose it."""
    nested = _nested(found)
    chosen = _descend(_best(found, ["doc"], "v", "a"), nested)
    supported = found.join(chosen.group_by("a").agg(k=pl.len()), on="a", how="left")
    supported = supported.with_columns(v=pl.col("k").fill_null(0) * pl.col("m").sqrt())
    return _of_two(_descend(_best(supported, ["doc"], "v", "n", "a"), nested).rename({"a": "g"}))


def _nested(found: pl.DataFrame) -> pl.DataFrame:
    """doc, a, b: where the text has a smaller atom b, most of whose texts have a, and that is at least as long, the largest such b."""
    pairs = found.select("doc", "a", "m", "n").join(found.select("doc", b="a", mb="m", nb="n"), on="doc")
    pairs = pairs.filter(pl.col("nb") < pl.col("n")).with_columns(both=pl.len().over("a", "b"))
    inside = pairs.filter((HALF * pl.col("both") > pl.col("nb")) & (pl.col("mb") >= pl.col("m")))
    return _best(inside, ["doc", "a"], "nb", "mb", "b").select("doc", "a", "b")


def _descend(chosen: pl.DataFrame, nested: pl.DataFrame) -> pl.DataFrame:
    chosen = chosen.select("doc", "a")
    for _ in range(_MOST_ATOMS):  # n shrinks at each step, so a text's atoms are as many steps as there can be
        chosen = chosen.join(nested, on=["doc", "a"], how="left").select("doc", a=pl.coalesce("b", "a"))
    return chosen


def _of_two(groups: pl.DataFrame) -> pl.DataFrame:
    return groups.filter(pl.len().over("g") > 1)


def _cores(shingles: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """g, s, size (texts), mass (shingles): the fixed text of each group, shingles that most of its texts have."""
    sizes = groups.group_by("g").agg(size=pl.len())
    found = shingles.join(groups, on="doc").group_by("g", "s").agg(c=pl.len()).join(sizes, on="g")
    found = found.filter((pl.col("c") > 1) & (HALF * pl.col("c") > pl.col("size")))
    return found.with_columns(mass=pl.len().over("g")).filter(pl.col("mass") >= _LEAST_MASS).select("g", "s", "size", "mass")


def _telling(cores: pl.DataFrame) -> pl.DataFrame:
    return cores.filter(pl.len().over("s") <= _MOST_CORES)


def _merge(shingles: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Groups that share most of the longer one's fixed text become one, named after the largest."""
    cores = _telling(_cores(shingles, groups))
    pairs = cores.join(cores.rename({"g": "b", "size": "sb", "mass": "mb"}), on="s")
    pairs = pairs.filter((pl.col("sb") > pl.col("size")) | ((pl.col("sb") == pl.col("size")) & (pl.col("b") > pl.col("g"))))
    alike = pairs.group_by("g", "b", "mass", "mb", "sb").agg(i=pl.len()).filter(HALF * pl.col("i") > pl.max_horizontal("mass", "mb"))
    into = _best(alike, ["g"], "sb", "b").select("g", "b")
    for _ in range(into.height.bit_length()):  # follow the arrows to their end, twice as far at each step
        into = into.join(into.select(b="g", c="b"), on="b", how="left").select("g", b=pl.coalesce("c", "b"))
    return groups.join(into, on="g", how="left").select("doc", g=pl.coalesce("b", "g"))


def _rehome(shingles: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Texts that have most of their group's fixed text stay; the others go where they have most of it, or nowhere."""
    cores = _cores(shingles, groups)
    enough = (HALF * pl.col("m") > pl.col("mass")) & (pl.col("m") >= _LEAST_MASS)
    own = shingles.join(groups, on="doc").join(cores, on=["g", "s"]).group_by("doc", "g", "mass").agg(m=pl.len()).filter(enough)
    lost = shingles.join(own, on="doc", how="anti").join(_telling(cores), on="s")
    moved = lost.group_by("doc", "g", "mass", "size").agg(m=pl.len()).filter(enough).with_columns(v=pl.col("size") * pl.col("m").sqrt())
    return _of_two(pl.concat([own.select("doc", "g"), _best(moved, ["doc"], "v", "g").select("doc", "g")]))
