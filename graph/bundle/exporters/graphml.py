"""The cluster as GraphML 1.0: accounts and entities as nodes, links as undirected edges."""

from collections.abc import Iterator

import polars as pl

from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.exporters.xml import EDGE_ATTRIBUTES, NODE_ATTRIBUTES, each, edges, nodes, values, xml_text

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'


def export(dossier: Dossier) -> Iterator[Artifact]:
    """graph/graph.graphml."""
    if dossier.accounts.height:
        yield "graph/graph.graphml", _document(dossier)


def _document(dossier: Dossier) -> Iterator[bytes]:
    keys = [
        f'<key id="{prefix}{place}" for="{kind}" attr.name="{name}" attr.type="{form}"/>\n'
        for prefix, kind, attributes in (("n", "node", NODE_ATTRIBUTES), ("e", "edge", EDGE_ATTRIBUTES))
        for place, (name, form) in enumerate(attributes)
    ]
    yield (_HEAD + "".join(keys) + f'<graph id="{xml_text(_name(dossier))}" edgedefault="undirected">\n').encode()
    numbered = nodes(dossier)
    node = pl.format('<node id="n{}">{}</node>', "node", values(NODE_ATTRIBUTES, '<data key="n{place}">{}</data>'))
    yield from each(numbered, node)
    edge = pl.format(
        '<edge id="e{}" source="n{}" target="n{}">{}</edge>',
        "edge",
        "source",
        "target",
        values(EDGE_ATTRIBUTES, '<data key="e{place}">{}</data>'),
    )
    yield from each(edges(dossier, numbered), edge)
    yield b"</graph>\n</graphml>\n"


def _name(dossier: Dossier) -> str:
    """The schema wants a name token here: letters, digits, full stop, hyphen, underscore, colon."""
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-_:") else "_" for c in dossier.cluster_id) or "cluster"
