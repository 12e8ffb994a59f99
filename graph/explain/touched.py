"""What few accounts touched, by every signal that needs no whole night, and how popular each of it is."""

import polars as pl

from graph import incidence
from graph.explain.scene import Scene
from graph.signals.fragments import fragment_texts
from graph.signals.registry import SIGNALS, available

# Signals that were tested over a whole night: of two accounts alone they would say nothing, so the snapshot is asked.
TESTED: frozenset[str] = frozenset(signal.kind for signal in SIGNALS if signal.doubt < 1)


def touched(scene: Scene) -> pl.DataFrame:
    """One row per account of the scene and entity it touched, shared or not.

    account_id, entity_id, kind, value, n, first_at, last_at; busy: how many entities of the kind the account touched; accounts, units:
    how many touch it in all, null where fewer than two units do, and of entities that the very same accounts touch for all but one.
    """
    frames = [incidence.identified(signal, scene.night) for signal in available(scene.night) if signal.kind not in TESTED]
    if not frames:
        return _EMPTY
    found = pl.concat(frames).with_columns(busy=pl.len().over("account_id", "kind")).collect()
    popular = scene.snap.frame("popularity").filter(pl.col("entity_id").is_in(found["entity_id"].unique().implode())).collect()
    return found.join(popular, on="entity_id", how="left").select(*_EMPTY.columns).sort("kind", "entity_id", "account_id")


_EMPTY = pl.DataFrame(
    schema={
        "account_id": pl.String,
        "entity_id": pl.Int64,
        "kind": pl.String,
        "value": pl.String,
        "n": pl.Int64,
        "first_at": pl.Datetime("us", "UTC"),
        "last_at": pl.Datetime("us", "UTC"),
        "busy": pl.UInt32,
        "accounts": pl.Int64,
        "units": pl.Int64,
    }
)


def wording(scene: Scene, sentences: dict[str, str]) -> dict[str, str]:
    """The text of each of `sentences` (value → entity_id) whose wording is kept, by value: as the snapshot has it, or its raw prompts."""
    if not sentences:
        return {}
    entities = scene.snap.frame("entities").filter(pl.col("entity_id").is_in([int(entity) for entity in sentences.values() if entity]))
    labels = {str(entity): str(label) for entity, label in entities.select("entity_id", "label").collect().iter_rows()}
    known = {value: labels[entity] for value, entity in sentences.items() if entity in labels and labels[entity] != value}
    rest = [int(value) for value in sentences if value not in known and value.removeprefix("-").isdecimal()]
    return known | (_spelled(scene, rest) if rest else {})


def _spelled(scene: Scene, sentences: list[int]) -> dict[str, str]:
    """Wording from the restricted store: of each sentence one prompt in which it stands."""
    own = scene.night.fragments.filter(pl.col("fragment_id").is_in(sentences))
    stood = own.sort("first_at", "prompt_id").unique("fragment_id", keep="first", maintain_order=True).collect()
    if stood.is_empty():
        return {}
    texts = scene.texts(stood["prompt_id"].to_list(), stood["first_at"].dt.date().unique().sort().to_list())
    spelled = fragment_texts(texts).join(stood, on=["prompt_id", "fragment_id"], how="semi")
    return {str(value): str(text) for value, text in spelled.select("fragment_id", "fragment").iter_rows()}
