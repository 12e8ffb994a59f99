"""IP addresses: one spelling each, and the network an address lies in. Worked out once per distinct value."""

import ipaddress

import polars as pl

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = rf"^(?:{_OCTET}\.){{3}}{_OCTET}$"
IPV4_BITS, IPV6_BITS = 24, 48
_LONGEST = 64  # characters of any spelling of an address, with room


def address_table(given: pl.Series) -> pl.DataFrame:
    """Distinct non-null addresses → `given`, `address` (canonical; null when it is none) and `net` (its /24 or /48).

    An IPv4 address inside IPv6 (::ffff:192.0.2.1) becomes the IPv4 address it is.
    """
    table = pl.DataFrame({"given": given.drop_nulls().unique()})
    bare = pl.col("given").str.strip_chars()
    table = table.with_columns(address=pl.when(bare.str.contains(_IPV4)).then(bare))
    other = table.filter(pl.col("address").is_null())
    if other.height:
        canonical = pl.Series("address", [_canonical(text) for text in other["given"]], dtype=pl.String)
        table = pl.concat([table.filter(pl.col("address").is_not_null()), other.with_columns(canonical)])
    return table.with_columns(net=_net(pl.col("address")))


def _canonical(text: str) -> str | None:
    if len(text) > _LONGEST or "%" in text or ":" not in text:
        return None
    try:
        address = ipaddress.IPv6Address(text.strip())
    except ValueError:
        return None
    return str(address.ipv4_mapped or address)


def _net(address: pl.Expr) -> pl.Expr:
    """Of canonical addresses. IPv6 is few and distinct here, so Python spells its network."""
    four = address.str.replace(r"\.[0-9]+$", f".0/{IPV4_BITS}")
    six = address.map_elements(_net6, return_dtype=pl.String)
    return pl.when(address.str.contains(":", literal=True)).then(six).otherwise(four)


def _net6(address: str) -> str | None:
    return str(ipaddress.IPv6Network((address, IPV6_BITS), strict=False)) if ":" in address else None
