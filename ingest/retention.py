"""Raw prompt texts do not outlive their retention; their signatures stay."""

import datetime as dt
from dataclasses import replace

from graph.store import tables
from graph.store.tables import Manifest
from graph.store.workspace import Workspace


def drop_old_prompts(workspace: Workspace, manifest: Manifest, today: dt.date) -> Manifest:
    """Publish a manifest without the prompts of days more than `keep_prompts_days` before `today`; their files are removed.

    Gives back `manifest` itself when there is nothing to drop. Raises StorageError.
    """
    oldest = (today - dt.timedelta(days=workspace.settings().keep_prompts_days)).isoformat()
    kept = tuple(part for part in manifest.parts if part.table != "prompts" or (part.day or "") >= oldest)
    if len(kept) == len(manifest.parts):
        return manifest
    return tables.commit(workspace, replace(manifest, parts=kept))
