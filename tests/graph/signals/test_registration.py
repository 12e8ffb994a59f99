from dataclasses import replace

import polars as pl
import pytest

from graph.lists import Lists
from graph.signals import registration
from tests.graph.nights import a_night, at


def opened(*rows):
    return a_night(accounts=[{"account_id": f"a{i}", "created_at": at(i), **row} for i, row in enumerate(rows)])


def values(frame):
    return dict(frame.collect().sort("account_id").select("account_id", "value").iter_rows())


@pytest.mark.parametrize("number", ["+49 170 555-0199", "0049 170 5550100", "+491705550123"])
def test_numbers_of_one_block_are_one_however_they_are_written(number):
    assert set(values(registration.phone_blocks(opened({"phone": "+491705550100"}, {"phone": number}))).values()) == {"+491705550…"}


def test_neighbouring_blocks_and_what_is_no_number():
    night = opened({"phone": "+491705551100"}, {"phone": "+491705550100"}, {"phone": "12345"}, {"phone": "k_" + "1234567890abcdef" * 2}, {})
    assert values(registration.phone_blocks(night)) == {"a0": "+491705551…", "a1": "+491705550…"}


def test_listed_throwaway_domains_are_one():
    rows = [{"email_domain": "x.example"}, {"email_domain": "y.example"}, {"email_domain": "z.example"}, {}]
    night = replace(opened(*rows), lists=Lists(disposable=pl.DataFrame({"domain": ["x.example", "y.example"]})))
    assert set(values(registration.throwaway_domains(night))) == {"a0", "a1"}
    assert len(set(values(registration.throwaway_domains(night)).values())) == 1
