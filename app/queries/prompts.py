"""Raw prompts of an account, from the restricted store. Whoever calls this must have written into the audit log first."""

import datetime as dt
from typing import Any

import polars as pl

from app.queries.night import Night
from app.queries.words import minute, shown
from graph.store import snapshot, tables
from graph.store.workspace import Workspace

SHOWN = 50
_MOST_CHARACTERS = 4_000


def of_account(workspace: Workspace, night: Night, account_id: str) -> list[dict[str, Any]]:
    """The newest prompts of an account within the night's window whose texts are still kept: time, prompt."""
    first, until = snapshot.window(night.manifest)
    last = (until - dt.timedelta(microseconds=1)).date()
    manifest = tables.current(workspace)
    asked = tables.scan(workspace, manifest, "exchanges", first.date(), last).filter(pl.col("account_id") == account_id)
    texts = tables.scan(workspace, manifest, "prompts", first.date(), last).unique("prompt_id", keep="any")
    wanted = asked.select("occurred_at", "prompt_id").drop_nulls().join(texts, on="prompt_id")
    newest = wanted.sort("occurred_at", "prompt_id", descending=[True, False]).head(SHOWN).collect()
    return [{"time": minute(row["occurred_at"]), "prompt": shown(row["text"], _MOST_CHARACTERS)} for row in newest.iter_rows(named=True)]
