"""What both graph formats share: nodes and edges of a dossier as columns, and text that XML can hold."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

import polars as pl

from graph.bundle.dossier import Dossier
from graph.text import visible

_CHUNK = 20_000

Attribute = tuple[str, str]  # name, and one of string | long | double

NODE_ATTRIBUTES: tuple[Attribute, ...] = (
    ("name", "string"),  # account id, or the entity's label
    ("node_kind", "string"),  # account, or the entity's kind
    ("channel", "string"),
    ("bits", "double"),
    ("accounts", "long"),  # of an entity: how many accounts touched it in all
    ("x", "double"),
    ("y", "double"),
)
EDGE_ATTRIBUTES: tuple[Attribute, ...] = (
    ("channel", "string"),
    ("bits", "double"),
    ("n", "long"),
    ("first_seen", "string"),
    ("last_seen", "string"),
)


def xml_text(text: str) -> str:
    """`text` for an element or a double-quoted attribute; characters that XML forbids or that hide are shown as marks."""
    return escape(visible(text), {'"': "&quot;"})


def nodes(dossier: Dossier) -> pl.DataFrame:
    """One row per node: `node` (number), `ref` (account id or entity:<id>) and NODE_ATTRIBUTES as XML text, null where unknown."""
    accounts = dossier.accounts.select(
        ref="account_id",
        name="account_id",
        node_kind=pl.lit("account"),
        channel=pl.lit(None, pl.String),
        bits="bits",
        accounts=pl.lit(None, pl.Int64),
    )
    entities = dossier.entities.select(
        ref="entity:" + pl.col("entity_id").cast(pl.String),
        name="label",
        node_kind="kind",
        channel="channel",
        bits="bits",
        accounts="accounts",
    )
    placed = dossier.layout.select(ref="node", x="x", y="y").unique("ref", keep="first", maintain_order=True)
    every = pl.concat([accounts.sort("ref"), entities.sort("ref")]).join(placed, on="ref", how="left", maintain_order="left")
    return every.with_row_index("node").with_columns(_as_xml(every, NODE_ATTRIBUTES))


def edges(dossier: Dossier, numbered: pl.DataFrame) -> pl.DataFrame:
    """One row per link: source, target (node numbers) and EDGE_ATTRIBUTES as XML text."""
    number = numbered.select("ref", "node")
    links = dossier.links.with_columns(ref="entity:" + pl.col("entity_id").cast(pl.String))
    joined = (
        links.join(number.rename({"ref": "account_id", "node": "source"}), on="account_id", how="inner", maintain_order="left")
        .join(number.rename({"node": "target"}), on="ref", how="inner", maintain_order="left")
        .with_columns(pl.col("first_seen", "last_seen").dt.to_string("%Y-%m-%dT%H:%M:%SZ"))
    )
    shown = joined.with_columns(_as_xml(joined, EDGE_ATTRIBUTES))
    return shown.select("source", "target", *(name for name, _ in EDGE_ATTRIBUTES)).with_row_index("edge")


def _as_xml(frame: pl.DataFrame, attributes: tuple[Attribute, ...]) -> list[pl.Series | pl.Expr]:
    return [_escaped(frame[name]) if kind == "string" else pl.col(name).cast(pl.String) for name, kind in attributes]


def _escaped(texts: pl.Series) -> pl.Series:
    distinct = texts.unique().drop_nulls()
    return texts.replace_strict(distinct, [xml_text(text) for text in distinct], return_dtype=pl.String)


def each(frame: pl.DataFrame, line: pl.Expr) -> Iterator[bytes]:
    """`line` of every row, a newline after each, in chunks of UTF-8."""
    for start in range(0, frame.height, _CHUNK):
        lines = frame.slice(start, _CHUNK).select(line).to_series()
        yield ("\n".join(lines) + "\n").encode()


def values(attributes: tuple[Attribute, ...], pattern: str) -> pl.Expr:
    """`pattern` (with {place} and one {} for the value) for every attribute that is not null, joined."""
    parts = [
        pl.when(pl.col(name).is_not_null()).then(pl.format(pattern.replace("{place}", str(place)), pl.col(name))).otherwise(pl.lit(""))
        for place, (name, _) in enumerate(attributes)
    ]
    return pl.concat_str(parts)
