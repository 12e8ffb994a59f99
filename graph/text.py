"""Text from logs made fit to be seen: what hides or reorders is shown as a mark, what is too long is cut visibly.

A log line can hold characters that no eye sees: a right-to-left override turns `gpj.exe` into `exe.jpg`, a zero-width space
makes two names look like one. Whoever judges evidence must see them.
"""

import re
import unicodedata

ELLIPSIS = "…"
_PICTURES = 0x2400  # Unicode's pictures of the C0 controls: ␀ for NUL, ␊ for a line feed
_DELETE = 0x7F
_DELETE_PICTURE = "\u2421"

# Seen as nothing although Unicode does not class them as controls or formats: fillers, joiners, variation selectors.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800") | {
    chr(c) for c in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
# Reserved for characters that will show nothing, and noncharacters. Listed, not asked by category "unassigned": that one grows
# with each Unicode version, and the same text must give the same bytes under every Python.
_RESERVED = (range(0x2065, 0x2066), range(0xFDD0, 0xFDF0), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
_HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_PLAIN = re.compile(r"[ -~]*")


def visible(text: str) -> str:
    """`text` with every control, bidirectional, zero-width, private or lone-surrogate character shown as a mark.

    Controls become their picture (␊), all others ⟨U+202E⟩. The result holds nothing that hides or reorders, can be encoded
    as UTF-8, and is left as it is by a second call.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    point = ord(character)
    if point < 0x20:
        return chr(_PICTURES + point)
    if point == _DELETE:
        return _DELETE_PICTURE
    if character in _BLANK or unicodedata.category(character) in _HIDDEN_CATEGORIES or _reserved(point):
        return f"⟨U+{point:04X}⟩"
    return character


def _reserved(point: int) -> bool:
    return point & 0xFFFE == 0xFFFE or any(point in block for block in _RESERVED)


def clip(text: str, n: int) -> str:
    """`text` in at most `n` characters (n ≥ 1); a cut is shown by an ellipsis, which counts."""
    return text if len(text) <= n else text[: n - 1].rstrip() + ELLIPSIS
