"""The wording behind prompt signatures: looked up in the restricted store, for what a snapshot shows and no more."""

import polars as pl

from graph.found import Found
from graph.night import Night
from graph.signals.fragments import fragment_texts
from graph.store.snapshot import FRAMES
from graph.templates import skeleton

_SENTENCES_PER_CLUSTER = 60
_TEMPLATES_PER_CLUSTER = 6
_EXAMPLES = 8  # prompts compared for one template


def _top_sentences(found: Found) -> pl.DataFrame:
    """The sentences that most members of each cluster share: cluster, entity, fragment_id, members."""
    return (
        found.profile.join(found.bipartite.entities.filter(pl.col("name") == "sentence").select("entity", "value"), on="entity")
        .sort(["cluster", "members", "surprise", "entity"], descending=[False, True, True, False])
        .group_by("cluster", maintain_order=True)
        .head(_SENTENCES_PER_CLUSTER)
        .select("cluster", "entity", "members", fragment_id=pl.col("value").cast(pl.Int64))
    )


def examples(night: Night, found: Found) -> pl.DataFrame:
    """Prompts of members that hold a top sentence: cluster, entity, members, fragment_id, prompt_id, text; few per sentence.

    Where the raw texts are no longer kept, there are no rows.
    """
    top = _top_sentences(found)
    members = found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account").select("cluster", "account_id")
    held = (
        night.fragments.join(top.lazy(), on="fragment_id")
        .join(members.lazy(), on=["cluster", "account_id"])
        .group_by("cluster", "entity", "members", "fragment_id", "account_id")
        .agg(pl.col("prompt_id").min())
        .sort("cluster", "entity", "account_id")
        .group_by("cluster", "entity", "members", "fragment_id", maintain_order=True)
        .agg(pl.col("prompt_id").unique(maintain_order=True).head(_EXAMPLES))
        .explode("prompt_id", empty_as_null=False)
        .collect(engine="streaming")
    )
    wanted = held.select("prompt_id").unique()
    texts = (
        night.prompts.select("prompt_id", "text")
        .join(wanted.lazy(), on="prompt_id", how="semi")
        .unique("prompt_id")
        .collect(engine="streaming")
    )
    return held.join(texts, on="prompt_id").sort("cluster", "entity", "prompt_id")


def sentence_texts(shown: pl.DataFrame) -> pl.DataFrame:
    """`shown` (of `examples`) → entity, text: the sentence itself, cut out of an example prompt."""
    one = shown.unique("fragment_id", keep="first", maintain_order=True)
    return one.join(fragment_texts(one.select("prompt_id", "text").unique("prompt_id")), on=["prompt_id", "fragment_id"]).select(
        "entity", text="fragment"
    )


def templates(shown: pl.DataFrame, links: pl.DataFrame, names: pl.DataFrame, entity_ids: pl.DataFrame) -> pl.DataFrame:
    """Rows of frame `templates`: per cluster the skeletons of prompts that share a top sentence, most shared first."""
    counts = links.group_by("cluster_id", "entity_id").agg(accounts=pl.len().cast(pl.Int64), exchanges=pl.col("n").sum())
    rows: list[tuple[str, str, int]] = []
    for (_, cluster_id), prompts in shown.join(names, on="cluster").group_by("cluster", "cluster_id", maintain_order=True):
        rows += [(str(cluster_id), text, entity) for text, entity in _cluster_templates(prompts)]
    made = pl.DataFrame(rows, schema={"cluster_id": pl.String, "template": pl.String, "entity": pl.UInt32}, orient="row")
    return (
        made.join(entity_ids.select(pl.col("entity").cast(pl.UInt32), "entity_id"), on="entity")
        .join(counts, on=["cluster_id", "entity_id"])
        .with_columns(template_id=pl.lit("T-") + (pl.col("entity_id").cast(pl.String).str.slice(-5)))
        .select(*FRAMES["templates"])
        .sort(["cluster_id", "accounts", "template_id"], descending=[False, True, False])
    )


def _cluster_templates(prompts: pl.DataFrame) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    explained: set[int] = set()  # prompts that a template already shows
    for (_, entity), rows in prompts.sort(["members", "entity"], descending=[True, False]).group_by(
        "members", "entity", maintain_order=True
    ):
        ids = set(rows["prompt_id"])
        text = skeleton(rows["text"].to_list()) if not ids <= explained else ""
        if text:
            found.append((text, int(str(entity))))
            explained |= ids
        if len(found) == _TEMPLATES_PER_CLUSTER:
            break
    return found
