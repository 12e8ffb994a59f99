"""Search by substring over accounts, clusters, entities and templates of the newest snapshot."""

from typing import Any
from weakref import WeakKeyDictionary

import polars as pl

from app.queries.clusters import summary
from app.queries.night import Night
from app.queries.words import account_link, cluster_link, entity_label, entity_link, plural, shown

EACH = 6  # hits shown per kind; the count says how many there are
MAX_QUERY = 100

_KEY = "key"
_indexes: WeakKeyDictionary[Night, dict[str, pl.DataFrame]] = WeakKeyDictionary()


def search(night: Night, query: str, each: int = EACH) -> dict[str, Any]:
    """Hits for `query` (case ignored), by kind: {hits: [{kind, label, detail, href}], of: {kind: matches in all}}."""
    needle = query.strip().lower()[:MAX_QUERY]
    if not needle:
        return {"hits": [], "of": {}}
    found = {kind: _matches(frame, needle) for kind, frame in _index(night).items()}
    hits = [_HITS[kind](row, night) for kind, frame in found.items() for row in frame.head(each).iter_rows(named=True)]
    return {"hits": hits, "of": {kind: frame.height for kind, frame in found.items() if frame.height}}


def _index(night: Night) -> dict[str, pl.DataFrame]:
    """Lower-cased keys of everything that can be found, made once per night."""
    if night not in _indexes:
        known = pl.DataFrame({"cluster_id": list(night.positions)}, schema={"cluster_id": pl.String})
        _indexes[night] = {
            "cluster": _keyed(known, "cluster_id"),
            "account": _keyed(night.frame("accounts").select("account_id", "exchanges"), "account_id"),
            "entity": _keyed(_named(night.frame("entities")), "label"),
            "template": _keyed(night.frame("templates"), "template"),
        }
    return _indexes[night]


def _named(entities: pl.DataFrame) -> pl.DataFrame:
    """Entities as the pages call them: a sentence without text is found by the start of its signature, not by digits nobody sees."""
    frame = entities.select("entity_id", "channel", "kind", "label", "accounts")
    unnamed = (pl.col("kind") == "sentence") & pl.col("label").str.contains(r"^-?[0-9]+$").fill_null(False)
    without = frame.filter(unnamed)
    called = pl.Series("label", [entity_label("sentence", text) for text in without["label"]], dtype=pl.String)
    return pl.concat([frame.filter(~unnamed), without.with_columns(called)])


def _keyed(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.with_columns(pl.col(column).fill_null("").str.to_lowercase().alias(_KEY))


def _matches(frame: pl.DataFrame, needle: str) -> pl.DataFrame:
    """Rows whose key holds `needle`; those that begin with it first, then the shorter ones, then by name."""
    found = frame.filter(pl.col(_KEY).str.contains(needle, literal=True))
    return found.sort(~pl.col(_KEY).str.starts_with(needle), pl.col(_KEY).str.len_bytes(), _KEY)


def _cluster(row: dict[str, Any], night: Night) -> dict[str, str]:
    detail = summary(night.cluster(row["cluster_id"]))
    return {"kind": "cluster", "label": row["cluster_id"], "detail": detail, "href": cluster_link(row["cluster_id"])}


def _account(row: dict[str, Any], _night: Night) -> dict[str, str]:
    detail = plural(row["exchanges"] or 0, "exchange")
    return {"kind": "account", "label": shown(row["account_id"], 60), "detail": detail, "href": account_link(row["account_id"])}


def _entity(row: dict[str, Any], _night: Night) -> dict[str, str]:
    detail = f"{shown(row['kind'], 24)} · {plural(row['accounts'], 'account')}"
    label = entity_label(row["kind"], row["label"], 60)
    return {"kind": "entity", "channel": row["channel"], "label": label, "detail": detail, "href": entity_link(row["entity_id"])}


def _template(row: dict[str, Any], _night: Night) -> dict[str, str]:
    detail = f"{shown(row['template_id'], 24)} in {row['cluster_id']}"
    return {"kind": "template", "label": shown(row["template"], 60), "detail": detail, "href": cluster_link(row["cluster_id"])}


_HITS = {"cluster": _cluster, "account": _account, "entity": _entity, "template": _template}
