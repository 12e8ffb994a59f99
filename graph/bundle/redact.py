"""A dossier made fit for its readers: identifiers to pseudonyms, personal data in texts masked, rows to aggregates.

What is not known to be harmless is replaced: an unknown kind of entity gets a pseudonym, an unknown field is left out.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import polars as pl

from graph.bundle.claims import counter_evidence
from graph.bundle.dossier import Dossier
from graph.bundle.identifiers import TEXT_KINDS, known, label_kind
from graph.bundle.redaction import REDACTION_WORDS, Pseudonyms, Redaction, mask, plain
from graph.store.workspace import Workspace
from graph.text import ELLIPSIS
from graph.vocabulary import BY_A_PERSON, CHANNELS, TABLES

FEW = 5  # a public count below this is shown as "fewer than 5"
_SHORTEST = 4  # shorter values are too common in ordinary wording to be searched for
_WITHHELD = "(withheld)"
# Text of the run's record that can hold no personal data: digests, snapshot ids, instants, versions, which columns had no values.
_HARMLESS = re.compile(
    r"[0-9a-f]{16,128}|\d{8}T\d{6}Z-[0-9a-f]{8}"
    r"|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"
    r"|\d{1,4}(\.\w{1,12})+"
    r"|not available: no values in [a-z_]+\.[a-z_]+(, [a-z_]+\.[a-z_]+)*"
)
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}(\.parquet|\.json)?")
_CLUSTER_TEXT = ("cluster_id", "kind", "parent_id", "first_seen", "last_seen", "change", "decided")
_MANIFEST_FIELDS = (
    *("schema", "clew", "snapshot_id", "earlier", "window", "seed", "parameters"),
    *("inputs", "counts", "channels", "chance", "versions", "files"),
    *("calibration", "capabilities", "changes", "decisions", "lists"),
)


def redact(dossier: Dossier, level: Redaction, workspace: Workspace, recipient: str | None = None) -> Dossier:
    """`dossier` as readers of `level` may see it, with the record of what was done. Raises StorageError.

    recipient: whose own key makes the pseudonyms; without one it is the workspace's.
    """
    if level is Redaction.FULL:
        return replace(dossier, record=_record(level, None, 0))
    names = Pseudonyms(workspace.key(), level, recipient)
    scrub = Scrubber(known(workspace, dossier), names)
    hidden = replace(
        dossier,
        redaction=level,
        record=_record(level, names.key_id, scrub.patterns, recipient),
        recipient=recipient,
        cluster=_cluster(dossier.cluster, scrub, names),
        decisions=tuple(_decision(made) for made in dossier.decisions),
        manifest=_manifest(dossier),
        sources=[{key: source.get(key) for key in ("table", "sha256", "rows")} for source in dossier.sources],
        templates=_templates(dossier.templates, scrub),
    )
    return _aggregated(hidden) if level is Redaction.PUBLIC else _pseudonymised(hidden, names, scrub)


class Scrubber:
    """Takes known identifiers and personal data out of texts."""

    def __init__(self, values: pl.DataFrame, names: Pseudonyms) -> None:
        folded = values.with_columns(value=pl.col("value").map_elements(plain, return_dtype=pl.String))
        long = folded.filter(pl.col("value").str.len_chars() >= _SHORTEST, ~pl.col("value").str.contains(r"^\d{1,5}$"))
        self._find = long["value"].to_list()
        self._put = [names.of(kind, value) for kind, value in long.select("kind", "value").iter_rows()]

    @property
    def patterns(self) -> int:
        """How many known values are searched for."""
        return len(self._find)

    def all(self, texts: Iterable[str | None], dates: bool = False) -> dict[str, str]:
        """Each distinct text and what it becomes."""
        distinct = sorted({text for text in texts if text is not None})
        folded = pl.Series([plain(text) for text in distinct], dtype=pl.String)
        if self._find and distinct:
            folded = folded.str.replace_many(self._find, self._put, ascii_case_insensitive=True, leftmost=True)
        return {text: mask(shown, dates) for text, shown in zip(distinct, folded, strict=True)}

    def one(self, text: str, dates: bool = False) -> str:
        return self.all([text], dates)[text]


def _record(level: Redaction, key_id: str | None, searched: int, recipient: str | None = None) -> dict[str, Any]:
    record: dict[str, Any] = {"level": level.value, "meaning": REDACTION_WORDS[level]}
    if level is Redaction.FULL:
        return record
    return {
        **record,
        "pseudonyms": {
            "method": "HMAC-SHA-256, one key per kind of value, derived by HKDF-SHA-256 from the key of the exporting workspace",
            "key_id": key_id,
            "key": "never exported",
            "recipient": recipient,
            "stability": (
                "One value has one pseudonym in all bundles for this recipient, and another in those for others."
                if recipient
                else "One value has one pseudonym in all bundles of one workspace; bundles can be joined on it."
            ),
        },
        "masks": ["url", "email", "ip", "number (telephone numbers, 5 digits or more)"],
        "hidden_characters": "left out of masked texts, so that they cannot shield a value from the masks",
        "known_values_searched_in_texts": searched,
        "limits": (
            "Masks see forms, not meaning: a name inside a prompt is found only where it is a known value of a member's account; "
            "values shorter than 4 characters and numbers shorter than 6 digits are not searched for inside texts."
        ),
    }


def _decision(made: dict[str, Any]) -> dict[str, Any]:
    """That somebody decided, what and when; not who, and not in which words. The seal would be an unkeyed hash of both."""
    kept = ("number", "time", "kind", "cluster_id", "accounts", "in_force", "withdraws")
    return {**{key: made[key] for key in kept}, "by": "a named person (withheld)", "reason": _WITHHELD}


def _cluster(cluster: dict[str, Any], scrub: Scrubber, names: Pseudonyms) -> dict[str, Any]:
    """Numbers, flags and known words of the cluster; reasons scrubbed; fields nobody vouches for are left out."""
    kept = {key: value for key, value in cluster.items() if isinstance(value, bool | int | float) or key in _CLUSTER_TEXT}
    bits = {c.value: cluster["channels"][c] for c in CHANNELS if c in cluster.get("channels", {})}
    named = {k: [] if names.public else [names.of("acct", a) for a in cluster.get(k, [])] for k in ("weakest_ties", "bridges")}
    return {**kept, **named, "channels": bits, "reasons": [_reason(str(reason), scrub) for reason in cluster.get("reasons", [])]}


def _reason(text: str, scrub: Scrubber) -> str:
    """A clipped value can no longer be recognised, so a sentence that holds one is withheld whole; so is one that quotes a person."""
    if text.startswith(BY_A_PERSON):
        return "(What a person decided or judged is withheld here: it holds names and free text.)"
    if ELLIPSIS in text:
        return "(A reason is withheld here: it quotes wording in part, which cannot be redacted safely.)"
    return scrub.one(text, dates=True)


def _manifest(dossier: Dossier) -> dict[str, Any]:
    """The run's record: numbers, digests, instants and versions; any other text, a file's name for one, is withheld."""
    kept = {key: _harmless(value) for key, value in dossier.manifest.items() if key in _MANIFEST_FIELDS}
    if isinstance(kept.get("decisions"), dict):  # how many; a digest of names and free text could be tried out
        kept["decisions"] = {key: value for key, value in kept["decisions"].items() if isinstance(value, int)}
    inputs = kept.get("inputs")
    if isinstance(inputs, dict):
        kept["inputs"] = {table: inputs[table] for table in TABLES if table in inputs}
    return {**kept, "snapshot_id": dossier.snapshot_id}


def _harmless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _harmless(item) for key, item in value.items() if _FIELD_NAME.fullmatch(str(key))}
    if isinstance(value, list):
        return [_harmless(item) for item in value]
    if isinstance(value, str) and value and not _HARMLESS.fullmatch(value):
        return _WITHHELD
    return value


def _templates(templates: pl.DataFrame, scrub: Scrubber) -> pl.DataFrame:
    """Wording masked; ids renumbered, since an unkeyed hash of the wording would betray what was masked."""
    return templates.with_columns(
        template=_mapped("template", scrub.all(templates["template"])),
        template_id=pl.format("T-{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(4)),
    )


def _mapped(column: str, names: dict[str, str]) -> pl.Expr:
    """`column` through `names`; a value that is not among them becomes null rather than stay."""
    return pl.col(column).replace_strict(names, default=None, return_dtype=pl.String)


def _pseudonymised(dossier: Dossier, names: Pseudonyms, scrub: Scrubber) -> Dossier:
    accounts = names.all("acct", dossier.accounts["account_id"])
    entities = {e: names.of("ent", str(e)) for e in sorted(set(dossier.entities["entity_id"]) | set(dossier.links["entity_id"]))}
    labels = _labels(dossier.entities, names, scrub)
    account = _mapped("account_id", accounts)
    entity = pl.col("entity_id").replace_strict(entities, return_dtype=pl.String)
    shown = dossier.entities.with_columns(entity, label=entity.replace_strict({entities[k]: v for k, v in labels.items()}, default=None))
    return replace(
        dossier,
        accounts=dossier.accounts.with_columns(
            account, _mapped("org_id", names.all("org", dossier.accounts["org_id"])), _wording(dossier.accounts, "status", scrub)
        ).sort("bits", "account_id", descending=[True, False]),
        entities=shown.sort("bits", "members", "entity_id", descending=[True, True, False], nulls_last=True),
        links=dossier.links.with_columns(account, entity).sort("account_id", "entity_id"),
        layout=_layout(dossier.layout, accounts, entities),
        campaigns=dossier.campaigns.with_columns(account).sort("account_id"),
        observations=_observations(
            dossier.observations.with_columns(_wording(dossier.observations, c, scrub) for c in ("model", "status")),
            account,
            entity,
            names,
            {e: labels.get(e) for e in entities},
        ),
    )


def _wording(frame: pl.DataFrame, column: str, scrub: Scrubber) -> pl.Expr:
    return _mapped(column, scrub.all(frame[column], dates=True))


def _labels(entities: pl.DataFrame, names: Pseudonyms, scrub: Scrubber) -> dict[int, str]:
    """What each entity is called: masked wording, or a pseudonym of its value."""
    rows = list(entities.select("entity_id", "kind", "label").drop_nulls().iter_rows())
    wording = scrub.all((label for _, kind, label in rows if kind in TEXT_KINDS), dates=True)
    return {e: wording[label] if kind in TEXT_KINDS else names.of(label_kind(kind), label) for e, kind, label in rows}


def _layout(layout: pl.DataFrame, accounts: dict[str, str], entities: dict[int, str]) -> pl.DataFrame:
    nodes = {**accounts, **{f"entity:{e}": f"entity:{name}" for e, name in entities.items()}}
    return layout.with_columns(_mapped("node", nodes)).drop_nulls("node").sort("node")


def _observations(rows: pl.DataFrame, account: pl.Expr, entity: pl.Expr, names: Pseudonyms, labels: dict[int, str | None]) -> pl.DataFrame:
    """Row keys are left out: they are unkeyed hashes of whole rows."""
    return (
        rows.drop("row_id")
        .with_columns(
            account,
            _mapped("exchange_id", names.all("xchg", rows["exchange_id"])),
            value=pl.col("entity_id").replace_strict(labels, return_dtype=pl.String),
            entity_id=entity,
        )
        .sort("at", "account_id", "entity_id", "table", "exchange_id")
    )


def _aggregated(dossier: Dossier) -> Dossier:
    return replace(
        dossier,
        accounts=dossier.accounts.clear(),
        entities=dossier.entities.clear(),
        links=dossier.links.clear(),
        layout=dossier.layout.clear(),
        observations=dossier.observations.clear(),
        campaigns=dossier.campaigns.clear(),
        capabilities=dossier.capabilities.with_columns(pl.when(pl.col("accounts") >= FEW).then("accounts").alias("accounts")),
        bands=_bands(dossier.accounts),
        against=tuple(counter_evidence(dossier)),
    )


def _bands(accounts: pl.DataFrame) -> pl.DataFrame:
    """Members counted by bands of evidence; small counts are not told."""
    edges = [0, 5, 10, 20, 40, 80]
    order = pl.DataFrame({"band": _band_names(edges), "place": range(len(edges) + 1)})
    place = pl.sum_horizontal((pl.col("bits").fill_null(0) >= edge).cast(pl.Int64) for edge in edges)
    counted = accounts.select(place=place).group_by("place").agg(accounts=pl.len())
    few = pl.col("accounts") < FEW
    return (
        order.join(counted, on="place")
        .sort("place")
        .select("band", accounts=pl.when(few).then(pl.lit(f"fewer than {FEW}")).otherwise(pl.col("accounts").cast(pl.String)))
    )


def _band_names(edges: list[int]) -> list[str]:
    between = [f"{low} to under {high} bits" for low, high in pairwise(edges)]
    return [f"under {edges[0]} bits", *between, f"{edges[-1]} bits and more"]
