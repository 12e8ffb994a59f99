import pytest

from graph.signals import payment
from tests.graph.nights import a_night, at


def paid(*rows, **columns):
    """One payment an account: columns → values by row."""
    return a_night(payments=[{"account_id": f"a{i}", "card_fingerprint": f"c{i}", "paid_at": at(i), **row} for i, row in enumerate(rows)])


def values(frame):
    return dict(frame.collect().sort("account_id").select("account_id", "value").iter_rows())


def identities(*pairs):
    """How many billing identities (name, address) are."""
    night = paid(*({"billing_name": name, "billing_address": address} for name, address in pairs))
    return len(set(values(payment.billing(night)).values()))


@pytest.mark.parametrize(
    "name, address",
    [
        ("J. Smith", "12 Main St, Leeds"),
        ("Dr. John Henry Smith", "Apt. 3, 12 main street, LEEDS"),
        ("Jon Smyth", "12  Main Str., Leeds"),
    ],
)
def test_spellings_of_one_billing_identity_are_one(name, address):
    assert identities(("John Smith", "12 Main Street, Leeds"), (name, address)) == 1


@pytest.mark.parametrize(
    "name, address",
    [
        ("John Smith", "14 Main Street, Leeds"),
        ("Anna Kim", "12 Main Street, Leeds"),
        ("John Smith", "12 Main Street, Seville"),
        ("John Smith", "12 Station Road, York"),
    ],
)
def test_other_people_and_other_doors_stay_apart(name, address):
    assert identities(("John Smith", "12 Main Street, Leeds"), (name, address)) == 2


def test_accents_and_scripts():
    assert identities(("Jörg Müller", "Hauptstr. 5, Köln"), ("Jorg Muller", "Hauptstraße 5, Koln")) == 1
    assert identities(("王伟", "中山路 12号"), ("王伟", "中山路12")) == 1
    assert identities(("王伟", "中山路 12号"), ("李娜", "中山路 12号")) == 2


def test_half_an_identity_or_an_empty_one_is_none():
    night = paid({"billing_name": "John Smith"}, {"billing_address": "12 Main St"}, {"billing_name": "...", "billing_address": "--"})
    assert values(payment.billing(night)) == {}
    assert values(payment.billing(a_night(payments=[]))) == {}


def test_an_identity_is_named_by_its_first_spelling_whatever_the_order():
    pairs = [("John Smith", "12 Main Street"), ("J Smith", "12 Main St")]
    for given in (pairs, pairs[::-1]):
        night = paid(*({"billing_name": name, "billing_address": address} for name, address in given))
        assert set(values(payment.billing(night)).values()) == {"j smith, 12 main st"}


def test_a_programme_is_the_first_digits_and_the_issuer():
    night = paid({"card_bin": "4", "issuer": "x"}, {"card_bin": "4", "issuer": "x"}, {"card_bin": "4"}, {"issuer": "x"})
    assert values(payment.programmes(night)) == {"a0": "4 · x", "a1": "4 · x", "a2": "4 · issuer not known"}


def test_a_card_that_is_shared_says_nothing_of_its_programme():
    shared = {"card_bin": "4", "issuer": "x", "card_fingerprint": "one"}
    assert values(payment.programmes(paid(shared, shared, {"card_bin": "4", "issuer": "x"}))) == {"a2": "4 · x"}


def test_of_a_few_accounts_the_same_is_said_as_in_the_whole_night():
    names = ("J Smith", "John Smith", "Jon Smyth")
    night = paid(*({"billing_name": name, "billing_address": "12 Main St", "card_bin": "4", "card_fingerprint": "one"} for name in names))
    few = night.of_accounts(["a1", "a2"])
    assert values(payment.billing(few)) == {"a1": "j smith, 12 main st", "a2": "j smith, 12 main st"}
    assert values(payment.programmes(night.of_accounts(["a1"]))) == {}
