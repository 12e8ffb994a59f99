"""Templates: what several prompts have in common, with {slot} where they differ."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_TOKENS = 400  # of a prompt; more would not be read
_LEAST_KEPT = 3  # words a skeleton must keep to be called one
SLOT = "{slot}"


def skeleton(texts: Sequence[str]) -> str:
    """The words that every one of `texts` has in the same order, each gap as {slot}; empty when hardly any are left."""
    tokens = [_TOKEN.findall(text)[:_MOST_TOKENS] for text in texts]
    if not tokens:
        return ""
    common = tokens[0]
    gaps = [False] * (len(common) + 1)  # gaps[i]: something stood before common[i]
    for other in tokens[1:]:
        common, gaps = _align(common, gaps, other)
    kept = sum(1 for token in common if token.strip() and token != SLOT)
    return _written(common, gaps) if kept >= _LEAST_KEPT else ""


def _align(common: list[str], gaps: list[bool], other: list[str]) -> tuple[list[str], list[bool]]:
    kept: list[str] = []
    kept_gaps: list[bool] = []
    a_end = b_end = 0
    for a, b, size in SequenceMatcher(None, common, other, autojunk=False).get_matching_blocks():
        opened = a > a_end or b > b_end or any(gaps[a_end : a + 1])
        for i in range(size):
            kept.append(common[a + i])
            kept_gaps.append(opened if i == 0 else gaps[a + i])
        a_end, b_end = a + size, b + size
        if size == 0:  # the closing block: what follows the last match
            kept_gaps.append(opened or gaps[-1])
    return kept, kept_gaps


def _written(common: list[str], gaps: list[bool]) -> str:
    parts: list[str] = []
    for token, gap in zip([*common, ""], gaps, strict=True):
        if gap and (not parts or parts[-1] != SLOT):
            parts.append(SLOT)
        parts.append(token)
    text = re.sub(rf"({re.escape(SLOT)})(\s*{re.escape(SLOT)})+", r"\1", "".join(parts))
    return re.sub(r"\s+", " ", text).strip()
