"""Payment: who pays with what."""

import polars as pl

from graph.near_texts import grouped
from graph.night import Night
from graph.signals.base import Signal, touches
from graph.vocabulary import Channel

# Words that one writes and another leaves out or shortens; they tell no address from another.
_TITLES = r"\b(?:mrs?|ms|dr|prof|herr|frau)\b"
_DOOR = r"\b(?:apartment|apt|unit|suite|ste|flat|floor|fl|room|rm|wohnung|whg|door)\s*[\p{L}]?\p{N}*\b"
_STREET = (
    r"(?:\b(?:street|st|avenue|ave?|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq)|str(?:a(?:ss|ß)e)?)\b|[号號番]"
)
PROGRAMME = pl.concat_str([pl.col("card_bin"), pl.col("issuer").fill_null("issuer not known")], separator=" · ", ignore_nulls=False)


def cards(night: Night) -> pl.LazyFrame:
    """Accounts paid with the same card, by the processor's fingerprint."""
    return touches(night.payments, "card", pl.col("card_fingerprint"), "paid_at")


def programmes(night: Night) -> pl.LazyFrame:
    """Accounts paid with cards of one programme (first digits and issuer) that are theirs alone, as virtual cards have unique numbers.

    A card that several accounts paid with is evidence itself; its programme would count it twice. A programme that many people's
    cards are of weighs next to nothing.
    """
    return touches(own_cards(night), "card programme", PROGRAMME, "paid_at")


def own_cards(night: Night) -> pl.LazyFrame:
    """The payments with cards that one account alone paid with."""
    owners = night.whole.payments.group_by("card_fingerprint").agg(owners=pl.col("account_id").n_unique())
    return night.payments.join(owners.filter(pl.col("owners") == 1), on="card_fingerprint", how="semi")


def billing(night: Night) -> pl.LazyFrame:
    """Accounts gave the same billing name and address, or two that differ as spellings do.

    Case, punctuation, titles, door numbers and words for "street" do not count, of first names only the initial does; what is left must
    have the same house number and most of its letter pairs in common, in the name and in the address.
    """
    return touches(identities(night), "billing", pl.col("value"), "paid_at")


def identities(night: Night) -> pl.LazyFrame:
    """The payments that give a billing identity, with name and address made plain, and value: what `billing` knows it by."""
    texts = _identities(night.whole).select("name", "address").unique().collect(engine="streaming").sort("name", "address")
    within = pl.col("address").str.replace_all(_DOOR, " ")
    spelled = texts.select(name=_short_name(pl.col("name")), street=_street(within), house=within.str.extract(r"(\p{N}+)").rank("dense"))
    group = grouped(spelled.fill_null(0), "house", ("name", "street"))
    known = texts.with_columns(value=pl.concat_str("name", "address", separator=", ").gather(group))
    return _identities(night).join(known.lazy(), on=["name", "address"])


def _identities(night: Night) -> pl.LazyFrame:
    plain = night.payments.with_columns(name=_plain("billing_name"), address=_plain("billing_address"))
    return plain.drop_nulls(["name", "address"])


def _plain(column: str) -> pl.Expr:
    """Without case, accents, punctuation and spacing; null where nothing is left."""
    bare = pl.col(column).str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_lowercase()
    plain = bare.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.when(plain != "").then(plain)


def _short_name(name: pl.Expr) -> pl.Expr:
    """`dr john henry smith` → `j smith`."""
    bare = name.str.replace_all(_TITLES, " ").str.strip_chars()
    return pl.when(bare.str.contains(r"\s")).then(bare.str.replace(r"^(.)\S*\s(?:.*\s)?(\S+)$", "$1 $2")).otherwise(bare)


def _street(address: pl.Expr) -> pl.Expr:
    """`12 main street leeds` → `main leeds`."""
    words = address.str.replace_all(_STREET, " ").str.replace_all(r"\p{N}+", " ")
    return words.str.replace_all(r"\s+", " ").str.strip_chars()


SIGNALS = (
    Signal(Channel.PAYMENT, "card", "{members} of {accounts} accounts paid with one card", ("payments", ("card_fingerprint",)), cards),
    Signal(
        Channel.PAYMENT,
        "card programme",
        "{members} of {accounts} accounts paid with cards of one programme",
        ("payments", ("card_bin",)),
        programmes,
        seeds=False,
    ),
    Signal(
        Channel.PAYMENT,
        "billing",
        "{members} of {accounts} accounts gave one billing identity",
        ("payments", ("billing_name", "billing_address")),
        billing,
    ),
)
