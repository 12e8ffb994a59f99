"""An account's id as a word: found in any text, but not as a part of a longer id; and what stands in its place."""

import json
import re
from typing import Any

from ingest.keying import pseudonym

_INSIDE = "0-9A-Za-z_-"  # characters that make a longer id of one


def tombstone(key: bytes, account: str) -> str:
    """What stands for an erased account: keyed, so that nobody without the workspace's key can try ids until one fits."""
    return pseudonym(key, "erased", account).replace("k_", "erased_", 1)


def as_rust(account: str) -> str:
    """A pattern for Polars that finds `account` as a word."""
    return f"(?:^|[^{_INSIDE}]){re.escape(account)}(?:$|[^{_INSIDE}])"


def as_stored(account: str) -> list[bytes]:
    """How `account` may stand in a file: as UTF-8, plain or escaped as in JSON; each form once."""
    escaped = (json.dumps(account)[1:-1], json.dumps(account, ensure_ascii=False)[1:-1])
    return sorted({form.encode("utf-8", "replace") for form in (account, *escaped)})


def as_bytes(account: str) -> re.Pattern[bytes]:
    """A pattern that finds `account` as a word in bytes, in any form of `as_stored`."""
    before = f"(?:(?<![{_INSIDE}])|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9a-f]{{4}}))".encode()  # \\n before it is an escape of JSON, no letter
    return re.compile(before + b"(?:" + b"|".join(map(re.escape, as_stored(account))) + b")(?![" + _INSIDE.encode() + b"])")


def replaced(value: Any, account: str, instead: str) -> Any:
    """`value` (of JSON) with `account`, wherever it stands as a word, replaced by `instead`."""
    if isinstance(value, str):
        return re.sub(f"(?<![{_INSIDE}]){re.escape(account)}(?![{_INSIDE}])", lambda _: instead, value) if account in value else value
    if isinstance(value, list | tuple):
        return [replaced(item, account, instead) for item in value]
    if isinstance(value, dict):
        return {key: replaced(item, account, instead) for key, item in value.items()}
    return value
