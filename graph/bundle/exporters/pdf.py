"""The report as a PDF for paper and for the file: the same sentences as report.html, no script, no link, no attachment.

It uses the fonts every reader has (PDF 1.7, section 9.6.2.2), whose letters are those of Western Europe; others are shown by their code.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace

from graph.bundle.claims import NOTHING_AGAINST, word
from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.exporters import figure
from graph.bundle.exporters.report import bits, context, day, minute
from graph.bundle.reasons import number
from graph.bundle.tlp import label
from graph.store.snapshot import window
from graph.text import clip, visible
from graph.vocabulary import CHANNELS

_INK, _SOFT, _LINE = (27, 34, 48), (86, 96, 118), (213, 218, 227)
_LONGEST = 600
_SPELT = str.maketrans({"−": "-", "⟨": "<", "⟩": ">"})
_RAISED, _LEVEL = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+"), str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

Row = tuple[str, ...]


def export(dossier: Dossier) -> Iterator[Artifact]:
    """report/report.pdf."""
    page = _Page(dossier)
    said = context(dossier)
    for write in (_head, _seen, _sure, _against, _detail, _custody, _check):
        write(page, said, dossier)
    yield "report/report.pdf", [bytes(page.output())]


def latin(text: str) -> str:
    """`text` in the letters of the standard fonts; any other is shown by its code, so that nothing is lost unseen."""
    spelt = _RAISED.sub(lambda power: f"^{power[0].translate(_LEVEL)}", visible(text).translate(_SPELT))
    return "".join(c if _known(c) else f"<U+{ord(c):04X}>" for c in spelt)


def _known(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


class _Page(FPDF):  # type: ignore[misc]  # seen without its types
    """A4 pages with a running foot; words are set, never parsed."""

    def __init__(self, dossier: Dossier) -> None:
        super().__init__(format="A4")
        self.set_compression(False)  # what it says can be searched for, as in every other file of the bundle
        self.core_fonts_encoding = "cp1252"
        self.foot = latin(f"Suspected cluster {dossier.cluster_id} · snapshot {dossier.snapshot_id} · {label(dossier.tlp)}")
        self.set_creation_date(window(dossier.manifest)[1].astimezone(dt.UTC))
        self.set_producer("Clew")
        self.set_title(latin(f"Evidence report: {dossier.cluster_id}"))
        self.set_lang("en")
        self.set_margins(18, 16, 18)
        self.set_auto_page_break(True, 20)
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """The foot of each page: what this is, and which page of how many."""
        self.set_y(-13)
        self._font(7.5, _SOFT)
        self.cell(120, 5, clip(self.foot, 110))
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align=Align.R)

    def _font(self, size: float, colour: tuple[int, int, int] = _INK, style: str = "") -> None:
        self.set_font("helvetica", style, size)
        self.set_text_color(*colour)

    def heading(self, text: str, size: float = 13) -> None:
        """A section's title, kept with what follows it."""
        if self.will_page_break(30):
            self.add_page()
        self.ln(3.5)
        self._font(size, _INK, "B")
        self.multi_cell(0, size * 0.5, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def words(self, text: str, *, soft: bool = False, style: str = "", size: float = 9.5) -> None:
        """A paragraph."""
        self._font(size, _SOFT if soft else _INK, style)
        self.multi_cell(0, size * 0.47, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)
        self.ln(1.2)

    def points(self, sentences: list[str]) -> None:
        """A list; each sentence may begin with its standing in brackets."""
        for sentence in sentences:
            self._font(9.5)
            self.set_x(self.l_margin)
            self.cell(4, 4.5, "•")
            self.multi_cell(0, 4.5, latin(clip(sentence, _LONGEST)), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)
            self.ln(0.7)

    def rows(self, head: Row, body: Sequence[Row], widths: tuple[int, ...], right: int) -> None:
        """A table; the last `right` columns hold numbers. Its head is repeated on every page."""
        self._font(8)
        self.set_draw_color(*_LINE)
        self.set_fill_color(255)
        align = (*[Align.L] * (len(head) - right), *[Align.R] * right)
        style = FontFace(emphasis="BOLD", color=_INK)
        lines = TableBordersLayout.HORIZONTAL_LINES
        with self.table(
            col_widths=widths,
            text_align=align,
            headings_style=style,
            borders_layout=lines,
            cell_fill_mode=TableCellFillMode.NONE,
            line_height=4.4,
        ) as table:
            for row in (head, *body):
                table.row(tuple(latin(clip(cell, 160)) for cell in row))
        self.ln(2)

    def bars(self, name: str, counts: dict[dt.date, int], first: dt.date, days: int) -> None:
        """One row of daily bars with its own scale, the greatest day named at its end."""
        if self.will_page_break(11):
            self.add_page()
        most, left, wide, base = max(counts.values(), default=0), self.l_margin + 34, 125.0, self.get_y() + 9
        self._font(8)
        self.text(self.l_margin, base - 2, latin(name))
        self.set_fill_color(*_SOFT)
        for at in sorted(counts):
            tall = 8 * counts[at] / most if most else 0
            self.rect(left + (at - first).days * wide / days, base - tall, max(wide / days * 0.8, 0.2), tall, style="F")
        self.set_draw_color(*_LINE)
        self.line(left, base, left + wide, base)
        self.text(left + wide + 2, base - 5, f"{most:,}")
        self.set_y(base + 1.5)


def _head(page: _Page, said: dict[str, Any], dossier: Dossier) -> None:
    c, suspicion = said["c"], said["suspicion"]
    page.words(f"EVIDENCE REPORT · {said['tlp']}", soft=True, size=8)
    page.heading(f"Suspected cluster {dossier.cluster_id}", 17)
    page.words(f"Window {said['first']} to {said['last']}, times in UTC. Redaction: {said['redaction_words']}", soft=True)
    page.words(f"{said['tlp']}: {said['tlp_words']}" + (f" Made for {said['recipient']}." if said["recipient"] else ""), soft=True)
    page.words(f"[suspected] {suspicion['statement']} Confidence: {suspicion['confidence']}.", style="B", size=11)
    page.words(
        f"A named person's decision stands: {said['verdict']}; see section 6." if said["verdict"] else "No person has confirmed this."
    )
    page.words(
        f"{c['accounts']:,} accounts, {c['exchanges']:,} exchanges, seen from {minute(c['first_seen'])} to {minute(c['last_seen'])}. Score"
        f" {c['score']} of 1. Scores rank clusters for review; they are not probabilities."
    )
    page.words(
        "Each statement says where it stands: observed was read off stored rows; inferred was concluded from those rows by a stated method;"
        " suspected is held likely on the whole of the evidence. Confirmed and refuted are decisions of named persons, never of software.",
        soft=True,
    )


def _seen(page: _Page, said: dict[str, Any], dossier: Dossier) -> None:
    page.heading("1. What was seen")
    page.words("[observed] Members share entities (cards, addresses, wording and the like) in these channels:")
    body = [
        (word(r["channel"]), f"{r['entities']:,}", f"{r['members']:,} of {said['c']['accounts']:,}", f"{r['links']:,}", bits(r["bits"]))
        for r in said["channels"]
    ]
    page.rows(("Channel", "Shared entities", "Accounts linked", "Links", "Bits, summed"), body, (34, 22, 22, 16, 20), 4)
    if dossier.timeline.height:
        _timeline(page, dossier)


def _timeline(page: _Page, dossier: Dossier) -> None:
    first, until = window(dossier.manifest)
    days = max((until.date() - first.date()).days, 1)
    present = set(dossier.timeline["channel"])
    for channel in [c for c in ("all", *CHANNELS) if c in present]:
        rows = dossier.timeline.filter(pl.col("channel") == channel).group_by("day").agg(pl.col("n").sum())
        if rows["n"].max():
            page.bars(figure.name_of(channel), dict(rows.iter_rows()), first.date(), days)
    page.words(f"Observations per day from {first.date()} (left) on; the number is the greatest day of each row.", soft=True, size=8)


def _sure(page: _Page, said: dict[str, Any], dossier: Dossier) -> None:
    page.heading("2. How sure, and by which method")
    page.words(
        "[inferred] For each shared entity the number of members that touch it is set against the number expected by chance. Bits say how"
        " much more likely the sharing is inside this group than outside it: each bit doubles the weight, negative bits speak against. q is"
        " the share of such findings that chance alone would produce (false discovery rate, Benjamini and Hochberg)."
    )
    page.points([" ".join(f"[{standing}] {text}" for standing, text in parts) for parts in said["reasons"]])
    page.points([f"[{held['status']}] {held['statement']}" for held in said["holding"]])
    if said["weakest"]:
        page.points([f"[inferred] The members with the least evidence: {', '.join(said['weakest'])}. Doubt falls on these first."])
    if said["bridges"]:
        page.points([f"[inferred] Members that hold separate parts together: {', '.join(said['bridges'])}."])
    page.words(f"{said['chance']} Confidence by rule: {said['confidence_rule']}.", soft=True)


def _against(page: _Page, said: dict[str, Any], dossier: Dossier) -> None:
    page.heading("3. What speaks against it")
    page.points(said["suspicion"]["counter_evidence"] or [NOTHING_AGAINST])
    page.heading("4. What it cannot show")
    page.points(said["limitations"])


def _detail(page: _Page, said: dict[str, Any], dossier: Dossier) -> None:
    page.heading("5. The evidence in detail")
    if said["entities"]:
        page.words(f"Shared entities: the strongest of each channel, {len(said['entities'])} of {said['entity_count']:,}.", soft=True)
        body = [
            (word(r["channel"] or "object"), r["kind"] or "", r["label"] or "", f"{r['members']:,}", number(r["expected"]), bits(r["bits"]))
            for r in said["entities"]
        ]
        page.rows(("Channel", "Kind", "Entity", "Members", "By chance", "Bits"), body, (22, 24, 70, 14, 15, 12), 3)
    if said["accounts"]:
        page.words(f"Accounts: strongest first, {len(said['accounts'])} of {said['account_count']:,}.", soft=True)
        listed = [
            (r["account_id"], day(r["first_seen"]), day(r["last_seen"]), bits(r["bits"]), f"{r['links']:,}", f"{r['exchanges'] or 0:,}")
            for r in said["accounts"]
        ]
        page.rows(("Account", "First seen", "Last seen", "Bits", "Links", "Exchanges"), listed, (50, 20, 20, 16, 14, 18), 3)
    if said["bands"]:
        page.rows(("Bits for membership", "Accounts"), [(r["band"], r["accounts"]) for r in said["bands"]], (60, 30), 1)
    if said["capabilities"]:
        page.words("What is asked for: share of sampled prompts that match a rule on wording. A rule reads words, not intent.", soft=True)
        asked = [
            (r["capability"].replace("_", " "), f"{r['share']:.1%}", f"{r['population_share']:.1%}", number(r["q_value"]))
            for r in said["capabilities"]
        ]
        page.rows(("Rule", "Members", "Everyone else", "q"), asked, (60, 20, 24, 24), 3)
    for r in said["templates"]:
        page.words(f"{r['template_id']}: {r['accounts']:,} accounts, {r['exchanges']:,} exchanges", style="B", size=8.5)
        page.words(clip(visible(r["template"]), _LONGEST), size=8.5)


def _custody(page: _Page, said: dict[str, Any], dossier: Dossier) -> None:
    page.heading("6. Custody: from the logs to this report")
    body = [(str(r["table"]), r["name"], str(r["sha256"]), f"{r['rows']:,}") for r in said["sources"]]
    if body:
        page.rows(("Table", "File", "SHA-256 of the bytes read", "Rows"), body, (20, 32, 100, 16), 1)
    told = [
        f"[decided] No. {made['number']}, {minute(made['time'])}: {made['by']}: {made['kind']}"
        f"{'' if made['in_force'] else ' (no longer in force)'}. Reason given: {made['reason']}"
        for made in said["decisions"]
    ]
    page.points(told or ["No decision of a person about this cluster or its accounts is on record."])


def _check(page: _Page, said: dict[str, Any], dossier: Dossier) -> None:
    page.heading("7. How to check this report")
    page.words(
        "The bundle that holds this file names the digest of every file and is signed; data/README.txt gives the steps with public tools."
        f" Made by Clew {said['software']['clew']} from snapshot {dossier.snapshot_id}. Letters that the standard fonts lack are shown by"
        " their code, as <U+4E2D>; report.html shows them as they are."
    )
