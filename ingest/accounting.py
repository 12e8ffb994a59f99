"""The sum of a run: rows in = accepted + duplicate + quarantined + late, exactly, for every table."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from graph.text import clip, visible


@dataclass(frozen=True)
class Tally:
    """What became of the rows of one table."""

    rows_in: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    late: int = 0  # stored too, but into a day older than the newest one stored before the run

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    def check(self, table: str) -> None:
        """Raise AssertionError when a row is unaccounted for: that is a bug, and nothing may be stored."""
        if self.rows_in != self.accepted + self.duplicate + self.quarantined + self.late:
            raise AssertionError(f"{table}: the rows do not add up: {self}")


@dataclass(frozen=True)
class Accounting:
    """Per table: the tally, how many rows broke each rule, unknown columns kept out, columns that hold values."""

    tables: Mapping[str, Tally] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self) -> None:
        """Raise AssertionError unless every tally adds up and every quarantined row has a reason."""
        for table, tally in self.tables.items():
            tally.check(table)
            if sum(self.reasons.get(table, Counter()).values()) != tally.quarantined:
                raise AssertionError(f"{table}: {tally.quarantined} rows quarantined, reasons {self.reasons.get(table)}")

    @property
    def total(self) -> Tally:
        return sum(self.tables.values(), Tally())

    @property
    def quarantined_share(self) -> float:
        """Quarantined rows over rows in, 0 to 1."""
        return self.total.quarantined / self.total.rows_in if self.total.rows_in else 0.0


def as_dict(accounting: Accounting) -> dict[str, Any]:
    """For JSON: tables → counts and reasons, in sorted order."""
    return {
        table: {
            **asdict(tally),
            "reasons": dict(sorted(accounting.reasons.get(table, {}).items())),
            "unknown_columns": list(accounting.unknown.get(table, ())),
            "columns": list(accounting.columns.get(table, ())),
        }
        for table, tally in sorted(accounting.tables.items())
    }


def as_lines(accounting: Accounting) -> list[str]:
    """For a person: one line with the sum per table, below it the reasons and the columns kept out."""
    lines = []
    for table, t in sorted(accounting.tables.items()):
        parts = f"{t.accepted:,} accepted + {t.duplicate:,} duplicate + {t.quarantined:,} quarantined + {t.late:,} late"
        lines.append(f"{table}: {t.rows_in:,} rows in = {parts}")
        lines += [f"  quarantined, {rule}: {n:,}" for rule, n in sorted(accounting.reasons.get(table, {}).items())]
        if names := accounting.unknown.get(table):
            lines.append(f"  columns kept out (unknown): {', '.join(clip(visible(name), 60) for name in names)}")
    return lines
