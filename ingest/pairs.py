"""Which account has which thing, each pair once: compiled, since there are several for every exchange."""

from typing import Any

import numpy as np

from ingest.xxh3 import compiled

_Numbers = np.ndarray[Any, Any]
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@compiled
def distinct_pairs(accounts: _Numbers, prompts: _Numbers, starts: _Numbers, counts: _Numbers, things: _Numbers) -> tuple[_Numbers, ...]:
    """The distinct (account, thing) of rows, in the order in which they first come.

    In: rows, those of one account together; row i has `things[starts[i] : starts[i] + counts[i]]`.
    Out, for each pair: its first row, its last row, the number of its rows, the thing, and the smallest of its prompts.
    """
    total = counts.sum()
    first, last, n = np.empty(total, np.uint32), np.empty(total, np.uint32), np.empty(total, np.uint32)
    thing, prompt = np.empty(total, np.int64), np.empty(total, np.int64)
    slots = np.empty(2, np.int64)  # of the hash table of one account: which pair
    kept, begin = 0, 0
    while begin < len(accounts):
        end, most = begin, 0
        while end < len(accounts) and accounts[end] == accounts[begin]:
            most += counts[end]
            end += 1
        bits = 1
        while 1 << bits < 2 * most:
            bits += 1
        if 1 << bits > len(slots):
            slots = np.empty(1 << bits, np.int64)
        slots[: 1 << bits] = -1
        for row in range(begin, end):
            for i in range(starts[row], starts[row] + counts[row]):
                slot = _slot(slots, bits, thing, things[i])
                pair = slots[slot]
                if pair < 0:
                    slots[slot] = kept
                    first[kept], last[kept], n[kept], thing[kept], prompt[kept] = row, row, 1, things[i], prompts[row]
                    kept += 1
                elif last[pair] != row:
                    last[pair], n[pair], prompt[pair] = row, n[pair] + 1, min(prompt[pair], prompts[row])
        begin = end
    return first[:kept], last[:kept], n[:kept], thing[:kept], prompt[:kept]


@compiled
def _slot(slots: _Numbers, bits: int, thing: _Numbers, wanted: int) -> Any:
    """Where the pair of `wanted` lies or belongs: linear probing."""
    slot: Any = np.int64((np.uint64(wanted) * _SPREAD) >> np.uint64(64 - bits))
    while slots[slot] >= 0 and thing[slots[slot]] != wanted:
        slot = (slot + 1) & ((1 << bits) - 1)
    return slot
