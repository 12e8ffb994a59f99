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
    four = table.filter(pl.col("address").is_not_null()).with_columns(net=_net4(pl.col("address")))
    texts = table.filter(pl.col("address").is_null())["given"]
    canonical = [_canonical(text) for text in texts]  # few and distinct: Python reads them
    six = pl.DataFrame({"given": texts, "address": canonical, "net": [_net6(address) for address in canonical]}, schema=four.schema)
    return pl.concat([four, six])


def _canonical(text: str) -> str | None:
    if len(text) > _LONGEST or "%" in text or ":" not in text:
        return None
    try:
        address = ipaddress.IPv6Address(text.strip())
    except ValueError:
        return None
    return str(address.ipv4_mapped or address)


def _net4(address: pl.Expr) -> pl.Expr:
    return address.str.replace(r"\.[0-9]+$", f".0/{IPV4_BITS}")


def _net6(address: str | None) -> str | None:
    """The network of a canonical address, which may have turned out an IPv4 one."""
    if address is None:
        return None
    return str(ipaddress.ip_network((address, IPV6_BITS if ":" in address else IPV4_BITS), strict=False))
