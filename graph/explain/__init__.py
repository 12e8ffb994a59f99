"""Why two accounts are linked, or an account and a cluster; and why not. Down to raw rows.

A waterfall of bits: every term is one entity, `share` of one hand's accounts have it, `chance` is how likely others as active have it,
and bits are log2(share / chance). Pure functions of a published snapshot, the stored rows and the decisions; nothing is written.
"""

from graph.errors import UsageError
from graph.explain import belonging, pair
from graph.explain.model import Explanation, Reason, Term
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

__all__ = ["Explanation", "Reason", "Term", "explain"]


def explain(workspace: Workspace, snap: Snapshot, one: str, other: str) -> Explanation:
    """Why `one` and `other` are linked, or why not: two accounts of `snap`, or an account and a cluster, in either order.

    Raises UsageError for names that the snapshot does not hold, and for what is no pair.
    """
    clusters = {cluster["cluster_id"]: cluster for cluster in snap.clusters()}
    named = [name for name in (one, other) if name in clusters]
    if len(named) == 2:
        raise UsageError(f"{one} and {other}: are two clusters. Name an account and a cluster, or two accounts.")
    if named:
        account = other if one in clusters else one
        return belonging.explain(workspace, snap, account, clusters[named[0]])
    return pair.explain(workspace, snap, one, other)
