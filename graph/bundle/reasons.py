"""A snapshot's sentences taken apart by standing: what was counted, what a comparison or a model concludes, what a person said."""

import re

from graph.vocabulary import BY_A_PERSON

Part = tuple[str, str]  # standing (observed | inferred | decided), sentence

# A figure that opens a sentence is the method's, what follows it was counted.
_HEADED = re.compile(r"(A campaign within its pool|(?:Volume|Structure|Focus) [\d.]+): (.+)", re.DOTALL)
_TEST = re.compile(r"(?:; | \()q ((?:below )?[\d.e+-]*\d)(\)?)\)?(?=$|[).])")
_SCORE = re.compile(r"(Volume|Structure|Focus) ([\d.]+)")
_SMALL = re.compile(r"(\d[\d.]*)e-(\d+)")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_EXPECTED = re.compile(r", where (their share .+ would make [\d,]+)")
_CONCLUDES = re.compile(
    r"chance|expect|would make|conclusive test|linked by two independent|share of members by channel|random groups|as people of one place"
)


def reason_parts(reason: str) -> list[Part]:
    """The clauses of `reason`, each with its standing; an observed fact and an inference never share one."""
    if reason.startswith(BY_A_PERSON):
        return [("decided", reason.removeprefix(BY_A_PERSON))]
    headed = _HEADED.fullmatch(reason)
    head, body = headed.groups() if headed else ("", reason)
    return [*([("inferred", _sentence(head))] if head else []), *(part for clause in _clauses(body) for part in _standing(clause))]


def _clauses(text: str) -> list[str]:
    """`text` cut at semicolons, but not at those within brackets."""
    cut, depth, begun = [], 0, 0
    for place, character in enumerate(text):
        depth = max(0, depth + (character == "(") - (character == ")"))
        if character == ";" and not depth and text[place + 1 : place + 2] == " ":
            cut.append(text[begun:place])
            begun = place + 2
    return [clause for part in [*cut, text[begun:]] if (clause := part.strip().rstrip("."))]


def _standing(clause: str) -> list[Part]:
    if expected := _EXPECTED.search(clause):
        return [("observed", _sentence(clause[: expected.start()])), ("inferred", _sentence(expected[1]))]
    if _CONCLUDES.search(clause):
        return [("inferred", _sentence(clause))]
    if tested := _TEST.search(clause):
        seen = clause[: tested.start()] + (")" if clause[tested.start()] == ";" else "")
        return [("observed", _sentence(seen)), ("inferred", _sentence(f"Tested against all others: q {tested[1]}"))]
    return [("observed", _sentence(clause))]


def _sentence(text: str) -> str:
    scored = _SCORE.fullmatch(text)
    if scored:
        return f"The score for {scored[1].lower()} is {scored[2]} of 1."
    small = _SMALL.sub(lambda found: f"{found[1]} × 10{f'-{int(found[2])}'.translate(_SUPERSCRIPT)}", text)
    return f"{small[0].upper()}{small[1:]}."


def number(value: float | None) -> str:
    """A probability or expectation in two significant digits, small ones as 1 × 10⁻⁷."""
    if value is None:
        return "not stated"
    if value == 0 or 0.001 <= abs(value) < 100_000:
        return f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits.removesuffix('.0')} × 10{str(int(power)).translate(_SUPERSCRIPT)}"
