"""The cluster as GEXF 1.2, for Gephi. Its only date is the snapshot's."""

from collections.abc import Iterator

import polars as pl

from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.exporters.xml import EDGE_ATTRIBUTES, NODE_ATTRIBUTES, Attribute, each, edges, nodes, values, xml_text
from graph.store.snapshot import window

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
_VALUE = '<attvalue for="{place}" value="{}"/>'


def export(dossier: Dossier) -> Iterator[Artifact]:
    """graph/graph.gexf."""
    if dossier.accounts.height:
        yield "graph/graph.gexf", _document(dossier)


def _document(dossier: Dossier) -> Iterator[bytes]:
    until = window(dossier.manifest)[1].date().isoformat()
    described = xml_text(f"Cluster {dossier.cluster_id} of snapshot {dossier.snapshot_id}")
    yield (_HEAD + f'<meta lastmodifieddate="{until}"><creator>Clew</creator><description>{described}</description></meta>\n').encode()
    yield b'<graph defaultedgetype="undirected" mode="static" idtype="string">\n'
    yield _declared("node", NODE_ATTRIBUTES)
    yield _declared("edge", EDGE_ATTRIBUTES)
    numbered = nodes(dossier)
    node = pl.format(
        '<node id="n{}" label="{}"><attvalues>{}</attvalues></node>', "node", pl.col("name").fill_null(""), values(NODE_ATTRIBUTES, _VALUE)
    )
    yield f'<nodes count="{numbered.height}">\n'.encode()
    yield from each(numbered, node)
    linked = edges(dossier, numbered)
    edge = pl.format(
        '<edge id="e{}" source="n{}" target="n{}"{}><attvalues>{}</attvalues></edge>',
        "edge",
        "source",
        "target",
        _weight(),
        values(EDGE_ATTRIBUTES, _VALUE),
    )
    yield f'</nodes>\n<edges count="{linked.height}">\n'.encode()
    yield from each(linked, edge)
    yield b"</edges>\n</graph>\n</gexf>\n"


def _weight() -> pl.Expr:
    """An edge's weight is its bits; Gephi takes no weight below zero, so those are left at its default."""
    positive = pl.col("bits").cast(pl.Float64) > 0
    return pl.when(positive).then(pl.format(' weight="{}"', "bits")).otherwise(pl.lit(""))


def _declared(kind: str, attributes: tuple[Attribute, ...]) -> bytes:
    lines = "".join(f'<attribute id="{place}" title="{name}" type="{form}"/>' for place, (name, form) in enumerate(attributes))
    return f'<attributes class="{kind}">{lines}</attributes>\n'.encode()
