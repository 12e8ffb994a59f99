"""The wording behind prompt signatures: looked up in the restricted store, for what a snapshot shows and no more."""

import polars as pl

from graph.found import Found
from graph.night import Night
from graph.signals.fragments import fragment_texts
from graph.signatures import signature
from graph.store.snapshot import FRAMES
from graph.template_mining import mine
from graph.templates import write

_SENTENCES_PER_CLUSTER = 60
_TEMPLATES_PER_CLUSTER = 6
_EXAMPLES = 8  # prompts of a sentence


def _top_sentences(found: Found) -> pl.DataFrame:
    """The sentences that most members of each cluster share: cluster, entity, members, fragment_id."""
    return (
        found.profile.join(found.bipartite.entities.filter(pl.col("name") == "sentence").select("entity", "value"), on="entity")
        .sort(["cluster", "members", "surprise", "entity"], descending=[False, True, True, False])
        .group_by("cluster", maintain_order=True)
        .head(_SENTENCES_PER_CLUSTER)
        .select("cluster", "entity", "members", fragment_id=pl.col("value").cast(pl.Int64))
    )


def examples(night: Night, found: Found) -> pl.DataFrame:
    """Prompts of members that hold a top sentence, few per sentence, each with every top sentence in it.

    cluster, entity, members, prompt_id, text, sentence. Where the raw texts are no longer kept, there are no rows.
    """
    top = _top_sentences(found)
    members = found.groups.join(found.bipartite.accounts.select("account", "account_id"), on="account").select("cluster", "account_id")
    held = (
        night.fragments.join(top.lazy(), on="fragment_id")
        .join(members.lazy(), on=["cluster", "account_id"])
        .group_by("cluster", "entity", "account_id")
        .agg(pl.col("prompt_id").min())
        .sort("cluster", "entity", "account_id")
        .group_by("cluster", "entity", maintain_order=True)
        .agg(pl.col("prompt_id").unique(maintain_order=True).head(_EXAMPLES))
        .explode("prompt_id", empty_as_null=False)
        .select("cluster", "prompt_id")
        .unique()
        .collect(engine="streaming")
    )
    texts = (
        night.prompts.select("prompt_id", "text")
        .join(held.lazy().select("prompt_id").unique(), on="prompt_id", how="semi")
        .unique("prompt_id")
        .collect(engine="streaming")
    )
    spelled = fragment_texts(texts).rename({"fragment": "sentence"})
    shown = held.join(texts, on="prompt_id").join(spelled, on="prompt_id").join(top, on=["cluster", "fragment_id"])
    return shown.drop("fragment_id").sort("cluster", "entity", "prompt_id")


def sentence_texts(shown: pl.DataFrame) -> pl.DataFrame:
    """`shown` (of `examples`) → entity, text: the sentence itself, as it stands in an example prompt."""
    return shown.unique("entity", keep="first", maintain_order=True).select("entity", text="sentence")


def templates(shown: pl.DataFrame, links: pl.DataFrame, names: pl.DataFrame, entity_ids: pl.DataFrame) -> pl.DataFrame:
    """Rows of frame `templates`: per cluster what its example prompts are filled into, most shared first.

    Accounts and exchanges are those of the rarest sentence that most of a template's prompts have: a sentence that goes with
    several templates must not count for each.
    """
    counts = links.group_by("cluster_id", "entity_id").agg(accounts=pl.len().cast(pl.Int64), exchanges=pl.col("n").sum())
    forms = _forms(shown)
    listed = (
        _telling(forms)
        .join(names, on="cluster")
        .join(entity_ids.select(pl.col("entity").cast(pl.UInt32), "entity_id"), on="entity")
        .join(counts, on=["cluster_id", "entity_id"])
        .join(_written(forms), on=["cluster", "form"])
        .with_columns(template_id=pl.lit("T-") + signature("template").cast(pl.String).str.slice(-5))
        .sort(["cluster_id", "accounts", "template_id", "template"], descending=[False, True, False, False])
    )
    distinct = listed.unique(["cluster_id", "template"], keep="first", maintain_order=True)
    return distinct.select(*FRAMES["templates"]).group_by("cluster_id", maintain_order=True).head(_TEMPLATES_PER_CLUSTER)


def _forms(shown: pl.DataFrame) -> pl.DataFrame:
    """`shown` with form: the mined template of the prompt, or else (its fixed text is short) its most shared sentence."""
    mined = mine(shown.select("prompt_id", "text").unique("prompt_id"))
    most_shared = pl.col("entity").sort_by("members", "entity", descending=[True, False]).first().over("cluster", "prompt_id")
    return shown.join(mined, on="prompt_id", how="left").with_columns(form=pl.coalesce("template", most_shared.cast(pl.Int64)))


def _telling(forms: pl.DataFrame) -> pl.DataFrame:
    """cluster, form, entity: the rarest of the sentences that most of its prompts have, or that of the most prompts."""
    held = forms.group_by("cluster", "form", "entity", "members").agg(n=pl.len())
    size = forms.group_by("cluster", "form").agg(size=pl.col("prompt_id").n_unique())
    ranked = held.join(size, on=["cluster", "form"]).with_columns(n=pl.min_horizontal("n", pl.col("size") // 2 + 1))
    ranked = ranked.sort("cluster", "form", "n", "members", "entity", descending=[False, False, True, False, False])
    return ranked.unique(["cluster", "form"], keep="first", maintain_order=True).select("cluster", "form", "entity")


def _written(forms: pl.DataFrame) -> pl.DataFrame:
    """cluster, form, template: the wording of each, where there is any."""
    texts = forms.group_by("cluster", "form").agg(pl.col("text").unique())
    worded = texts.with_columns(template=pl.col("text").map_elements(write, return_dtype=pl.String)).drop("text")
    return worded.filter(pl.col("template") != "")
