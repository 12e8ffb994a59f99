"""The run: raw exports in, stored tables out, all of it published at once or nothing."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl

from graph.errors import DataRefused, UsageError
from graph.progress import Progress
from graph.signals.fragments import MAX_PER_PROMPT
from graph.store import tables
from graph.store.tables import Manifest, Part
from graph.store.workspace import Workspace
from graph.vocabulary import INPUT_TABLES, REQUIRED
from ingest import quarantine
from ingest.accounting import Accounting, Tally
from ingest.batches import ROW, RawBatch
from ingest.mapping import read_mapping, unknown_columns
from ingest.normalise import unit_missing, zone_missing
from ingest.prepare import SOURCE, BatchTally, Work, prepare
from ingest.prompts import close_folder, write_prompts
from ingest.read import read
from ingest.rules import CONFLICT, WITHOUT_UNIT, WITHOUT_ZONE
from ingest.settle import find_conflicts, settle_day, writers
from ingest.sources import Source, find_sources
from ingest.staging import WHOLE, staged

_WORKERS = 2
_TASKS_WAITING = 4


@dataclass
class _Run:
    """What a run has found so far."""

    workspace: Workspace
    work: Work
    manifest: Manifest
    progress: Progress
    tallies: dict[str, Tally] = field(default_factory=dict)
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    unknown: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    columns: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: list[dict[str, Any]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def count(self, table: str, **numbers: int) -> None:
        self.tallies[table] = self.tallies.get(table, Tally()) + Tally(**numbers)


def ingest(workspace: Workspace, inputs: Mapping[str, Sequence[str]], mapping: Path | None, progress: Progress) -> Accounting:
    """Read `inputs` (table → paths as typed) into the workspace and say what became of every row.

    The caller holds the workspace. Published at once: when anything is refused, nothing is stored.
    Raises UsageError, DataRefused, StorageError.
    """
    if unknown := sorted(set(inputs) - set(INPUT_TABLES)):
        raise UsageError(f"{unknown[0]}: no such table. Known: {', '.join(INPUT_TABLES)}.")
    settings = workspace.settings()
    mappings = read_mapping(mapping)
    sources = [source for table in INPUT_TABLES for source in find_sources(table, inputs.get(table, ()))]
    manifest = tables.current(workspace)
    with staged(workspace) as stage:
        key = workspace.key() if settings.pseudonymise else b""
        run = _Run(workspace, Work(stage, settings, key, mappings), manifest, progress)
        try:
            _take_all(run, sources)
            _settle_all(run)
            accounting = _accounting(run)
            accounting.check()
            _publish(run, sources)
        except BaseException:
            _remove_parts(run)
            raise
    return accounting


def _take_all(run: _Run, sources: Sequence[Source]) -> None:
    """Bring all files to the stage. Batches are prepared side by side, whatever file they are of, and counted in the order of the files."""
    for number, done in groupby(_prepared(run, sources), key=itemgetter(0)):
        source, tally = sources[number], BatchTally()
        run.progress.stage(f"read {source.name}")
        for _, batch in done:
            tally += batch
            run.progress.advance(batch.rows)
        _count_source(run, source, tally)


def _count_source(run: _Run, source: Source, tally: BatchTally) -> None:
    """Account for a file read to its end, or left unread because it was taken in before."""
    known = _known_by(run, source)
    for record in (*run.manifest.sources, *run.taken):
        if known.items() <= record.items():
            run.progress.note(f"{source.name}: taken in before, all rows counted as duplicate", rows=record["rows"])
            run.count(source.table, rows_in=record["rows"], duplicate=record["rows"])
            return
    _refuse_unplaced(run, source, tally)
    if tally.capped:
        run.progress.note(f"{source.name}: of long prompts only the first {MAX_PER_PROMPT} sentences are compared", prompts=tally.capped)
    run.count(source.table, rows_in=tally.rows, quarantined=tally.reasons.total())
    run.reasons[source.table].update(tally.reasons)
    run.taken.append({**known, "name": source.name, "rows": tally.rows})


def _known_by(run: _Run, source: Source) -> dict[str, str]:
    """What tells that the same file was taken in before."""
    return {"sha256": source.sha256, "table": source.table, "mapping": run.work.mappings[source.table].digest()}


def _prepared(run: _Run, sources: Sequence[Source]) -> Iterator[tuple[int, BatchTally]]:
    """(number of the source, tally) for every batch, in order. Two are under way while the next is read, never more."""
    waiting: deque[tuple[int, Future[BatchTally]]] = deque()
    with ThreadPoolExecutor(_WORKERS) as pool:
        for number, task in _tasks(run, sources):
            waiting.append((number, pool.submit(task)))
            if len(waiting) > _WORKERS:
                first, tally = waiting.popleft()
                yield first, tally.result()
        for first, tally in waiting:
            yield first, tally.result()


def _tasks(run: _Run, sources: Sequence[Source]) -> Iterator[tuple[int, Callable[[], BatchTally]]]:
    """(number of the source, task) for every batch of every file not read before, and an empty task at the end of each file."""
    known = [{key: record[key] for key in ("sha256", "table", "mapping")} for record in run.manifest.sources]
    for number, source in enumerate(sources):
        if _known_by(run, source) not in known:
            known.append(_known_by(run, source))
            for count, batch in enumerate(read(source)):
                if count == 0:
                    _check_columns(run, source, batch)
                yield number, partial(prepare, run.work, source, number, f"{number:05d}-{count:07d}", batch)
        yield number, BatchTally


def _check_columns(run: _Run, source: Source, batch: RawBatch) -> None:
    mapping = run.work.mappings[source.table]
    names = [name for name in batch.frame.columns if name != ROW]
    for column in REQUIRED[source.table]:
        if column not in mapping.constants and mapping.foreign(column) not in names and batch.frame.width > 1:
            raise DataRefused(
                f"{source.name}: the required column {mapping.foreign(column)!r} is missing; found: {', '.join(map(repr, names[:30]))}."
                f' Name it in a mapping file: [{source.table}] columns = {{ {column} = "…" }}.'
            )
    wanted = {**mapping.columns, **mapping.objects}
    for ours, foreign in sorted(wanted.items()):
        if foreign not in names:
            run.progress.note(f"{source.name}: the mapping names column {foreign!r} ({ours}), which is not there")
    unknown = unknown_columns(names, source.table, mapping)
    run.unknown[source.table].update(unknown)
    if unknown:
        run.progress.note(f"{source.name}: unknown columns kept out", columns=unknown)


def _refuse_unplaced(run: _Run, source: Source, tally: BatchTally) -> None:
    """When no time of a whole file could be placed, its zone or unit is missing: a remedy serves better than a full quarantine."""
    for (rule, column), n in tally.unplaced.items():
        if n == tally.given[column]:
            refusal = {WITHOUT_ZONE: zone_missing, WITHOUT_UNIT: unit_missing}[rule]
            raise refusal(source, run.work.mappings[source.table], column)


def _settle_all(run: _Run) -> None:
    conflicts = find_conflicts(run.work.stage)
    close_folder(run.workspace)
    with ThreadPoolExecutor(_WORKERS + 1) as pool:
        for table in INPUT_TABLES:
            _settle_table(run, pool, table, conflicts)


def _settle_table(run: _Run, pool: ThreadPoolExecutor, table: str, conflicts: pl.DataFrame) -> None:
    """Days are settled one after the other; their parts are written meanwhile."""
    days = run.work.stage.days(table)
    if not days:
        return
    run.progress.stage(f"store {table}", total=len(days))
    newest = max((day for part in run.manifest.of(table) if (day := part.day)), default="")
    waiting: deque[Future[list[Part]]] = deque()
    try:
        for day in days:
            waiting += [pool.submit(task) for task in _settle_one(run, table, day, conflicts, late=day != WHOLE and day < newest)]
            while len(waiting) > _TASKS_WAITING:
                run.parts += waiting.popleft().result()
            run.progress.advance()
    finally:  # also when a task failed: what the others wrote must be known to be removed
        failures = [error for task in waiting if (error := task.exception())]
        run.parts += [part for task in waiting if not task.exception() for part in task.result()]
    if failures:
        raise failures[0]


def _settle_one(run: _Run, table: str, day: str, conflicts: pl.DataFrame, late: bool) -> list[Callable[[], list[Part]]]:
    """Count one day's rows and return the tasks that store them."""
    tasks: list[Callable[[], list[Part]]] = []
    prompts: list[pl.Series] = []
    for number, settled in enumerate(settle_day(run.workspace, run.work.stage, run.manifest, table, day, conflicts)):
        tasks += writers(run.workspace, run.work.stage, table, day, settled)
        run.count(table, duplicate=settled.duplicate, **{"late" if late else "accepted": settled.accepted})
        _note_columns(run, table, settled.fresh)
        _note_columns(run, "objects", settled.objects)
        if settled.conflicts.height:
            _set_conflicts_aside(run, f"{table}-{day}-{number}", settled.conflicts)
        if table == "exchanges":
            prompts.append(settled.fresh["prompt_id"].drop_nulls())
    if prompts and run.work.stage.files("prompts", day):
        wanted = pl.concat(prompts)
        tasks.insert(0, lambda: list(write_prompts(run.workspace, run.work.stage, run.manifest, day, wanted)))
    return tasks


def _note_columns(run: _Run, table: str, frame: pl.DataFrame) -> None:
    run.columns[table].update(name for name in frame.columns if frame[name].null_count() < frame.height and name != "row_id")


def _set_conflicts_aside(run: _Run, name: str, conflicts: pl.DataFrame) -> None:
    run.count("exchanges", quarantined=conflicts.height)
    run.reasons["exchanges"][CONFLICT] += conflicts.height
    for (number,), rows in conflicts.partition_by(SOURCE, as_dict=True).items():
        run.work.stage.put("quarantine", str(number), name, quarantine.rows_of(rows, rows["exchange_id"], CONFLICT, "exchange_id"))


def _accounting(run: _Run) -> Accounting:
    return Accounting(
        tables=dict(sorted(run.tallies.items())),
        reasons={table: dict(sorted(counts.items())) for table, counts in sorted(run.reasons.items()) if counts},
        unknown={table: tuple(sorted(names)) for table, names in sorted(run.unknown.items()) if names},
        columns={table: tuple(sorted(names)) for table, names in sorted(run.columns.items()) if names},
    )


def _publish(run: _Run, sources: Sequence[Source]) -> None:
    """Quarantine first, then the one commit; when that fails, the new quarantine files go again."""
    if not run.taken:
        return
    digests = [run.work.mappings[source.table].digest() for source in sources]
    written = quarantine.publish(run.workspace, run.work.stage, sources, digests)
    before = run.manifest.facts.get("columns", {})
    columns = {table: sorted({*before.get(table, ()), *run.columns.get(table, ())}) for table in {*before, *run.columns}}
    manifest = replace(
        run.manifest,
        parts=(*run.manifest.parts, *run.parts),
        sources=(*run.manifest.sources, *run.taken),
        facts={**run.manifest.facts, "columns": columns},
    )
    try:
        tables.commit(run.workspace, manifest)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _remove_parts(run: _Run) -> None:
    """A run that failed leaves no file behind; the next commit would sweep what a crash leaves."""
    published = {part.path for part in run.manifest.parts} | {part.path for part in tables.current(run.workspace).parts}
    for part in run.parts:
        if part.path not in published:
            (run.workspace.root / part.path).unlink(missing_ok=True)
