"""Every identifying value that belongs to a cluster's accounts, so that redaction can find it inside texts too."""

import polars as pl

from graph.bundle.dossier import Dossier
from graph.store import snapshot, tables
from graph.store.workspace import Workspace

# Stored column → kind of pseudonym. Country, status and the like tell nobody apart and are not looked for.
_COLUMNS: dict[str, dict[str, str]] = {
    "accounts": {
        "account_id": "acct",
        "email": "mail",
        "phone": "phone",
        "org_id": "org",
        "signup_ip": "ip",
        "email_domain": "mail",
        "signup_net": "net",
    },
    "payments": {
        "card_fingerprint": "card",
        "card_bin": "card",
        "billing_name": "name",
        "billing_address": "postal",
    },
    "exchanges": {"ip": "ip", "ip_net": "net", "session_id": "sess"},
    "objects": {"object_id": "obj"},
}

# Kinds of entity whose label is wording, shown masked; every other label is a value and becomes a pseudonym.
TEXT_KINDS = frozenset({"sentence", "client", "sign-up hour", "upgrade", "quota cycle", "quota shift", "throwaway domain"})
_LABEL_KINDS = {
    "card": "card",
    "card programme": "prog",
    "billing": "bill",
    "address": "ip",
    "network": "net",
    "session": "sess",
    "mail shape": "mail",
    "phone block": "phone",
    "sign-up network": "net",
    "workgroup": "wg",
    "co-action group": "cg",
    "relayed session": "rs",
    "relayed prompt": "rp",
    "common session ids": "si",
    "rotation": "ro",
    "fail-over": "fo",
    "object": "obj",
}


def label_kind(kind: str) -> str:
    """The pseudonym's prefix for an entity of `kind`; an unknown kind gets a plain one."""
    return _LABEL_KINDS.get(kind, "value")


def known(workspace: Workspace, dossier: Dossier) -> pl.DataFrame:
    """Distinct (kind, value) of all identifiers of the cluster's accounts, in the snapshot and in the stored tables.

    Longest first, so that a search prefers the whole value to a part of it. Raises StorageError.
    """
    found = [*_from_tables(workspace, dossier), *_from_frames(dossier)]
    return (
        pl.concat(found)
        .drop_nulls()
        .group_by("value")
        .agg(pl.col("kind").min())  # one value may stand in columns of two kinds
        .select("kind", "value")
        .sort(pl.col("value").str.len_bytes(), "value", "kind", descending=[True, False, False])
    )


def _from_tables(workspace: Workspace, dossier: Dossier) -> list[pl.DataFrame]:
    stored = tables.current(workspace)
    first, until = snapshot.window(dossier.manifest)
    members = dossier.accounts.lazy().select("account_id")
    found = []
    for table, columns in _COLUMNS.items():
        days = (first.date(), until.date()) if table in ("exchanges", "objects") else (None, None)
        rows = tables.scan(workspace, stored, table, *days).join(members, on="account_id", how="semi")
        found += [
            rows.select(pl.lit(kind).alias("kind"), pl.col(column).alias("value")).unique().collect(engine="streaming")
            for column, kind in columns.items()
        ]
    return found


def _from_frames(dossier: Dossier) -> list[pl.DataFrame]:
    labels = dossier.entities.filter(~pl.col("kind").is_in(sorted(TEXT_KINDS))).select(
        pl.col("kind").replace_strict(_LABEL_KINDS, default="value", return_dtype=pl.String), pl.col("label").alias("value")
    )
    named = [("acct", dossier.accounts["account_id"]), ("org", dossier.accounts["org_id"]), ("xchg", dossier.observations["exchange_id"])]
    return [labels, *(pl.DataFrame({"kind": [kind] * len(values), "value": values}, schema=_KNOWN) for kind, values in named)]


_KNOWN = {"kind": pl.String, "value": pl.String}
