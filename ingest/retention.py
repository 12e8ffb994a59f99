"""What is stored does not outlive its retention: raw prompt texts, rows of tables cut by day, snapshots."""

import datetime as dt
from dataclasses import replace

from graph.store import snapshot, tables
from graph.store.tables import Manifest
from graph.store.workspace import Workspace

_BY_DAY = ("exchanges", "objects", "fragments")


def drop_old_rows(workspace: Workspace, manifest: Manifest, today: dt.date) -> Manifest:
    """Publish a manifest without days that are too old; their files are removed.

    Of prompts, days more than `keep_prompts_days` before `today`; of exchanges, objects and fragments, more than `keep_tables_days`,
    where that is set. Signatures of prompts stay as long as the exchanges. Gives back `manifest` itself when there is nothing to drop.
    Raises StorageError.
    """
    settings = workspace.settings()
    oldest = {"prompts": _before(today, settings.keep_prompts_days)}
    if settings.keep_tables_days:
        oldest |= dict.fromkeys(_BY_DAY, _before(today, settings.keep_tables_days))
    kept = tuple(part for part in manifest.parts if part.table not in oldest or (part.day or "") >= oldest[part.table])
    if len(kept) == len(manifest.parts):
        return manifest
    return tables.commit(workspace, replace(manifest, parts=kept))


def drop_old_snapshots(workspace: Workspace) -> list[str]:
    """Remove snapshots whose window ended more than `keep_snapshots_days` before that of the newest; returns their ids.

    The newest stays, and the one that CURRENT names: the next night knows its clusters by it. Raises StorageError.
    """
    days = workspace.settings().keep_snapshots_days
    known = snapshot.history(workspace)
    if not days or not known:
        return []
    ends = {name: name.split("-")[0] for name in known}
    newest = dt.datetime.strptime(max(ends.values()), "%Y%m%dT%H%M%SZ")
    oldest = f"{newest - dt.timedelta(days=days):%Y%m%dT%H%M%SZ}"
    kept = snapshot.latest(workspace).snapshot_id
    old = [name for name, end in ends.items() if end < oldest and name != kept]
    for name in old:
        snapshot.remove(workspace, name)
    return old


def _before(today: dt.date, days: int) -> str:
    return (today - dt.timedelta(days=days)).isoformat()
