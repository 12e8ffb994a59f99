"""As much YAML as our example needs: block maps and lists, flow lists of scalars, comments, plain and quoted scalars. Refuses all else."""

import re
from typing import Any

_FORBIDDEN = re.compile(r"^[&*!|>%@`{]")


def parse(text: str) -> Any:
    """The value of one document. Raises ValueError naming the line that is no such YAML."""
    lines = [(n, len(line) - len(line.lstrip(" ")), cut) for n, line in enumerate(text.splitlines(), 1) if (cut := _uncommented(line))]
    value, rest = _block(lines, lines[0][1])
    if rest:
        raise ValueError(f"line {rest[0][0]}: indented unlike what is above")
    return value


Line = tuple[int, int, str]


def _uncommented(line: str) -> str:
    if "\t" in line:
        raise ValueError("YAML is indented with blanks")
    return re.sub(r'(^|\s)#(?=([^"]*"[^"]*")*[^"]*$).*$', "", line).strip()


def _block(lines: list[Line], indent: int) -> tuple[Any, list[Line]]:
    return _list(lines, indent) if lines[0][2].startswith("- ") else _map(lines, indent)


def _list(lines: list[Line], indent: int) -> tuple[list[Any], list[Line]]:
    found: list[Any] = []
    while lines and lines[0][1] == indent and lines[0][2].startswith("- "):
        number, _, text = lines[0]
        inner = text[2:].strip()
        if re.match(r"[\w./-]+:(\s|$)", inner):
            value, lines = _map([(number, indent + 2, inner), *lines[1:]], indent + 2)
        else:
            value, lines = _scalar(inner, number), lines[1:]
        found.append(value)
    return found, lines


def _map(lines: list[Line], indent: int) -> tuple[dict[str, Any], list[Line]]:
    found: dict[str, Any] = {}
    while lines and lines[0][1] == indent and not lines[0][2].startswith("- "):
        number, _, text = lines[0]
        key, colon, inner = text.partition(":")
        if not colon or key in found or (inner and not inner.startswith(" ")):
            raise ValueError(f"line {number}: {text!r} is no key with a value, or stands twice")
        lines = lines[1:]
        if inner.strip():
            found[key] = _scalar(inner.strip(), number)
        elif lines and lines[0][1] > indent:
            found[key], lines = _block(lines, lines[0][1])
        else:
            raise ValueError(f"line {number}: {key} has no value")
    return found, lines


def _scalar(text: str, number: int) -> Any:
    if text == "{}":
        return {}
    if text.startswith("[") and text.endswith("]"):
        return [_scalar(part.strip(), number) for part in text[1:-1].split(",")]
    if text[0] == text[-1] == '"' and len(text) > 1:
        return text[1:-1]
    if _FORBIDDEN.match(text) or ": " in text or text[0] in "\"'[":
        raise ValueError(f"line {number}: {text!r} is more YAML than this reader knows")
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d+", text) else text
