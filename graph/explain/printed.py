"""An explanation for a person at a terminal: header, waterfall with bars, raw rows, reasons. Log text cannot hide or reorder anything."""

from typing import Any

from graph.explain.model import SHOWN, Explanation, Term, total, witnesses
from graph.text import clip, visible
from graph.vocabulary import CHANNEL_WORDS

_BAR, _LABEL, _SHORT, _VALUE = 20, 160, 60, 120  # characters
_NAMED = 3  # things that say nothing

_WORDS = {channel.value: word for channel, word in CHANNEL_WORDS.items()}
_HEADER = (
    "How to read it: a bit says twice as likely, 10 bits about 1,000 : 1, that one hand holds both than that chance brought this about.",
    "bits = log2(share / chance): the share of one hand's accounts that have the thing, against the chance that another account as active",
    "has it, the thing being as common as it is. Within a channel the strongest counts whole, the next half, then a quarter, as what comes",
    "together must not count twice; less than 1 bit counts as none. The first column adds up to the total. Linked means suspected.",
)


def lines(told: Explanation) -> list[str]:
    """The lines, each safe to print."""
    text = [f"{told.subject}: {told.verdict}", f"snapshot {told.snapshot}", "", *_HEADER, ""]
    if told.why_not:
        text += ["Why not:", *(f"  - {reason.sentence}" for reason in told.why_not), ""]
    scale = max([term.counted for term in told.terms], default=0.0)
    for channel in dict.fromkeys(term.channel for term in told.terms):
        text += [*_channel([term for term in told.terms if term.channel == channel], scale), ""]
    text.append(f"{told.total:+9.3f}  total; {told.needed:.3f} needed{_witnesses(told.terms)}")
    text += [f"  {note}" for note in told.notes]
    return [visible(line).rstrip() for line in text]


def _witnesses(terms: tuple[Term, ...]) -> str:
    said = witnesses(terms)
    return "; by witness: " + ", ".join(f"{name} {bits:.3f}" for name, bits in said.items()) if said else ""


def _channel(terms: list[Term], scale: float) -> list[str]:
    """The counted terms of a channel with their rows; those that say nothing by name, or the first with its rows where all say nothing."""
    counted = [term for term in terms if term.weight]
    silent = [term for term in terms if not term.weight]
    text = [f"{_WORDS.get(terms[0].channel, terms[0].channel)}: {total(terms):.3f} bits"]
    for term in counted[:SHOWN] or silent[:1]:
        text += _term(term, scale)
    if rest := counted[SHOWN:]:
        text.append(f"{total(rest):+9.3f}  {len(rest):,} more; showing {SHOWN} of {len(counted):,}, --format json names all")
    if unsaid := silent if counted else silent[1:]:
        named = "; ".join(f"{t.kind} “{_label(t, _SHORT)}” ({t.bits:.3f} bits)" for t in unsaid[:_NAMED])
        text.append(f"{0:+9.3f}  {len(unsaid):,} that say less than 1 bit, showing {min(_NAMED, len(unsaid))}: {named}")
    return text


def _term(term: Term, scale: float) -> list[str]:
    bar = "█" * round(_BAR * max(0.0, term.counted) / scale) if scale > 0 else ""
    weight = f"{term.bits:.3f} bits × {_fraction(term.weight)}" if term.weight else f"{term.bits:.3f} bits, counted as none"
    mark = ", conclusive" if term.conclusive else ", software" if term.software else ""
    text = [
        f"{term.counted:+9.3f}  {bar:<{_BAR}}  {term.kind} “{_label(term, _LABEL)}” ({weight}{mark})",
        *(f"{'':11}{line}" for line in _figures(term)),
    ]
    text += [f"{'':13}{_row(row)}" for row in term.rows]
    if term.rows:
        text.append(f"{'':13}showing {len(term.rows):,} of {term.rows_total:,} rows")
    return [*text, f"{'':13}{term.remark}"] if term.remark else text


def _label(term: Term, most: int) -> str:
    """The entity in words; a sentence whose wording is not kept, or was not looked up, by its signature."""
    if term.kind == "sentence" and term.label.removeprefix("-").isdecimal() and term.label.isascii():
        return f"signature {int(term.label) % 2**64:016x}"
    return clip(visible(term.label), most)


def _fraction(weight: float) -> str:
    return "1" if weight == 1 else f"1/{round(1 / weight):,}" if weight else "0"


def _figures(term: Term) -> list[str]:
    said = [term.what]
    counts = []
    if term.members is not None:
        counts.append(
            f"{term.members:,} members" + (f" ({_number(term.expected)} expected by chance)" if term.expected is not None else "")
        )
    if term.accounts is not None:
        counts.append(f"{term.accounts:,} accounts in all")
    if term.share is not None and term.chance:
        counts.append(f"share {term.share:.3f}, chance 1 in {_number(1 / term.chance)}")
    if term.first_seen:
        counts.append(f"{term.first_seen} to {term.last_seen}")
    return [*said, "; ".join(counts)] if counts else said


def _number(value: float | None) -> str:
    if value is None:
        return "not stated"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{key}={clip(visible(str(value)), _VALUE)}" for key, value in row.items())
