"""Columns worked out at ingest, before anything is keyed: networks, mail domain, the shape of a mail name."""

import polars as pl


def derive(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """`frame` (normalised) with the derived columns of `table`."""
    if table == "exchanges":
        return frame.with_columns(pl.col("net:ip").alias("ip_net") if "net:ip" in frame.columns else _absent("ip_net"))
    if table == "accounts":
        net = pl.col("net:signup_ip").alias("signup_net") if "net:signup_ip" in frame.columns else _absent("signup_net")
        return frame.with_columns(net, email_domain=email_domain(pl.col("email")), email_pattern=email_pattern(pl.col("email")))
    return frame


def _absent(name: str) -> pl.Expr:
    return pl.lit(None, pl.String()).alias(name)


def email_domain(email: pl.Expr) -> pl.Expr:
    """What stands after the last @, lower-cased; null without one."""
    return email.str.to_lowercase().str.extract(r"@([^@\s]+)\s*$", 1)


def email_pattern(email: pl.Expr) -> pl.Expr:
    """The shape of the name before the @: each run of letters is one a, each digit a 9, the rest stays: anna.kim77 → a.a99."""
    local = email.str.to_lowercase().str.extract(r"^\s*(.+)@[^@]+$", 1)
    return local.str.replace_all(r"\p{L}+", "a").str.replace_all(r"\p{N}", "9")
