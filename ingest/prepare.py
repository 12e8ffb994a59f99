"""One batch of raw rows on its way to the stage: checked, typed, derived, keyed, signed. Batches do not depend on each other."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from graph.store.workspace import Settings
from graph.vocabulary import DAY_COLUMN, ROW_ID, TABLES, TIME
from ingest import quarantine
from ingest.batches import ROW, RawBatch
from ingest.cards import refuse_cards
from ingest.derive import derive
from ingest.keying import key_columns
from ingest.mapping import INPUT_COLUMNS, TableMapping, translate
from ingest.normalise import GIVEN, normalise
from ingest.prompt_parts import fragment_table
from ingest.rules import WITHOUT_UNIT, WITHOUT_ZONE, broken_rules
from ingest.signatures import CONTENT, FULL, object_rows, sign_rows
from ingest.sources import Source
from ingest.staging import WHOLE, Stage, by_day

SOURCE = "_source"


@dataclass(frozen=True)
class Work:
    """What every batch of a run needs to know."""

    stage: Stage
    settings: Settings
    key: bytes
    mappings: Mapping[str, TableMapping]


@dataclass(frozen=True)
class BatchTally:
    """What one batch amounted to: rows, broken rules, and per time column how many values could not be placed or were given."""

    rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unplaced: Counter[tuple[str, str]] = field(default_factory=Counter)  # (rule, column) → rows
    given: Counter[str] = field(default_factory=Counter)  # time column → non-empty values
    capped: int = 0  # prompts, distinct in a batch and day, of which only the first fragments were kept

    def __add__(self, other: "BatchTally") -> "BatchTally":
        return BatchTally(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def prepare(work: Work, source: Source, number: int, name: str, batch: RawBatch) -> BatchTally:
    """Bring one batch of source `number` to the stage as `name`. Raises DataRefused for cards and columns refused whole."""
    mapping = work.mappings[source.table]
    if source.table == "payments":
        refuse_cards(source, batch, frozenset(mapping.foreign(column) for column in mapping.units), mapping.foreign("amount"))
    typed = normalise(source, translate(batch.frame, source.table, mapping, ROW), mapping)
    broken = broken_rules(typed, source.table, mapping)
    good, aside = quarantine.set_aside(typed, broken, GIVEN)
    aside = pl.concat([aside, quarantine.rows_of_lines(batch.bad)]) if batch.bad else aside
    if aside.height:
        work.stage.put("quarantine", str(number), name, aside)
    capped = _stage_rows(work, source.table, number, name, good) if good.height else 0
    unplaced = Counter({(r.name, column): int(m.sum()) for r, column, m in broken if r.name in (WITHOUT_ZONE, WITHOUT_UNIT)})
    reasons = Counter(dict(aside["rule"].value_counts().iter_rows()))
    return BatchTally(batch.rows, reasons, unplaced, _given_times(typed, source.table), capped)


def _given_times(typed: pl.DataFrame, table: str) -> Counter[str]:
    times = (name for name, kind in INPUT_COLUMNS[table].items() if kind == TIME and GIVEN + name in typed.columns)
    return Counter({name: typed.height - typed[GIVEN + name].null_count() for name in times})


def _stage_rows(work: Work, table: str, number: int, name: str, good: pl.DataFrame) -> int:
    """Returns how many prompts had more fragments than are kept."""
    good = key_columns(derive(good, table), work.settings.pseudonymise, work.key)
    good = sign_rows(good, table).with_columns(pl.lit(number, pl.Int32).alias(SOURCE))
    extra = [CONTENT, FULL] if table == "exchanges" else []
    rows = good.select(*TABLES[table], ROW_ID, *extra, ROW, SOURCE)
    if table not in DAY_COLUMN:
        work.stage.put(table, WHOLE, name, rows)
        return 0
    for day, part in by_day(rows, DAY_COLUMN[table]):
        work.stage.put(table, day, name, part)
    for day, part in by_day(object_rows(good), "occurred_at"):
        work.stage.put("objects", day, name, part)
    return _stage_prompts(work, name, good)


def _stage_prompts(work: Work, name: str, good: pl.DataFrame) -> int:
    """Each distinct prompt of the batch, day by day: its fragments, and its text where texts are kept."""
    told = good.filter(pl.col("prompt_id").is_not_null()).select("prompt_id", "occurred_at", text="prompt")
    capped = 0
    for day, part in by_day(told, "occurred_at"):
        texts = part.select("prompt_id", "text").unique("prompt_id")
        found, more = fragment_table(texts)
        capped += more
        work.stage.put("prompt_fragments", day, name, found)
        if work.settings.keep_prompts_days:
            work.stage.put("prompts", day, name, texts)
    return capped
