"""The rule file of capabilities: what a prompt asks for, said in regular expressions and numbers; shipped, and extended by the workspace.

Patterns run in Rust's regex engine (through Polars), which takes time linear in the text whatever the pattern, so that a rule file
or a prompt cannot stall a night. What the engine cannot do (look-around, back-references) is refused when the file is read.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from graph.errors import DataRefused, StorageError

FILE = "capabilities.toml"
SHIPPED = Path(__file__).with_name(FILE)
NUMBERS = ("characters", "input_tokens", "output_tokens")

_TYPES: dict[str, type] = {"words": str, "trains": bool, "off": bool, "any": list, "none": list} | {f"{n}_above": int for n in NUMBERS}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_WORDS = 120
# Unicode's word boundary would put the engine into its slow mode for every text that is not ASCII.
_GAP, _WITHIN_A_SENTENCE = "…", "[^.!?。！？]*"
_BOUNDARY, _ASCII_BOUNDARY = re.compile(r"(?<!\\)((?:\\\\)*)\\b"), r"\1(?-u:\\b)"


@dataclass(frozen=True)
class Capability:
    """What a prompt can ask for. `any` and `none` are joined patterns (empty: no such condition), `above` numbers to exceed."""

    name: str
    words: str
    trains: bool = False
    any: str = ""
    none: str = ""
    above: tuple[tuple[str, int], ...] = ()

    @property
    def column(self) -> str:
        """The Boolean column that says whether a prompt asks for it."""
        return f"asks_{self.name}"


def load(folder: Path) -> tuple[Capability, ...]:
    """The shipped capabilities, changed by `folder`/capabilities.toml where there is one; sorted by name.

    Raises DataRefused naming file, line and table at fault, StorageError when a file cannot be read.
    """
    found = _read(SHIPPED)
    own = folder / FILE
    if own.exists():
        found |= _read(own)
    return tuple(found[name] for name in sorted(found) if found[name] is not None)  # type: ignore[misc]


def words(capabilities: tuple[Capability, ...]) -> dict[str, str]:
    """name → how a sentence about accounts goes on."""
    return {capability.name: capability.words for capability in capabilities}


def digest(capabilities: tuple[Capability, ...]) -> str:
    """A short fingerprint of the rules in force, for the manifest of a snapshot."""
    return hashlib.sha256(repr(capabilities).encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, Capability | None]:
    """name → capability, or None where the file takes it away."""
    try:
        text = path.read_text("utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataRefused(f"{path}: is not valid TOML ({error}). Mend the line it names.") from error
    return {name: _capability(name, table, _Place(path, text, name)) for name, table in tables.items()}


@dataclass(frozen=True)
class _Place:
    """Where a table stands, so that a fault can name its line."""

    path: Path
    text: str
    name: str

    def refuse(self, fault: str, remedy: str, near: str = "") -> DataRefused:
        """The error to raise; `near` is source text of the line at fault, in the table of this place."""
        lines = self.text.splitlines()
        start = next((i for i, line in enumerate(lines) if line.replace(" ", "").startswith(f"[{self.name}]")), 0)
        at = next((i for i in range(start, len(lines)) if near in lines[i]), start) if near else start
        return DataRefused(f"{self.path}: line {at + 1}: [{self.name}] {fault}. {remedy}")


def _capability(name: str, table: Any, place: _Place) -> Capability | None:
    if not isinstance(table, dict):
        raise place.refuse("is no table", "Write [name] and below it words, any and so on.", name)
    if not _NAME.fullmatch(name):
        raise place.refuse("is no name", "Use small letters, digits and _, at most 40, the first a letter.")
    for key, value in table.items():
        if key not in _TYPES:
            raise place.refuse(f"has an unknown key {key}", f"Known: {', '.join(_TYPES)}.", key)
        if type(value) is not _TYPES[key]:
            raise place.refuse(f"{key} is no {_TYPES[key].__name__}", "Mend the value; docs/capabilities.md shows each.", key)
    if table.get("off"):
        return None
    above = tuple((n, table[f"{n}_above"]) for n in NUMBERS if f"{n}_above" in table)
    patterns = {key: _joined(table.get(key, []), key, place) for key in ("any", "none")}
    if not patterns["any"] and not above:
        raise place.refuse("has no condition", f"Give it any, or one of {', '.join(f'{n}_above' for n in NUMBERS)}.")
    words = table.get("words", "").strip()
    if not words or len(words) > _LONGEST_WORDS or not words.isprintable():
        raise place.refuse("needs words", f"Say in at most {_LONGEST_WORDS} characters what prompts do, such as words = 'ask for code'.")
    return Capability(name, words, table.get("trains", False), patterns["any"], patterns["none"], above)


def _joined(patterns: list[Any], key: str, place: _Place) -> str:
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise place.refuse(f"{key} holds {pattern!r}, which is no text", "Put each pattern in 'single quotes'.", key)
        fault = _fault(pattern)
        if fault:
            raise place.refuse(f"{key} holds a pattern that cannot be used: {fault}", "Mend or remove it.", pattern)
    joined = "|".join(f"(?:{_engine(pattern)})" for pattern in patterns)
    if joined and (fault := _fault(joined)):
        raise place.refuse(f"the patterns of {key} are too large together: {fault}", "Split the table in two.", key)
    return joined


def _engine(pattern: str) -> str:
    """A pattern as the engine takes it."""
    return _BOUNDARY.sub(_ASCII_BOUNDARY, pattern.replace(_GAP, _WITHIN_A_SENTENCE))


def _fault(pattern: str) -> str:
    """Why the engine refuses a pattern, in one line; empty when it takes it."""
    try:
        everything = pl.Series([""]).str.contains(pattern).item()
    except pl.exceptions.ComputeError as error:
        told = [line.strip() for line in str(error).splitlines() if line.strip()]
        why = next((line for line in told if line.startswith("error:")), told[0])
        return why.removeprefix("error:").removeprefix("regex error:").strip().rstrip(".")
    return "it matches an empty text, and so every text" if everything else ""
