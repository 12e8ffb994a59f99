"""XXH3 with 64 bits and seed 0 (Y. Collet, xxHash 0.8) over a slice of bytes, compiled: the hash of `graph.signatures.signature`.

For use inside other compiled functions. Compilation is kept beside this file or, where that may not be written, in the user's cache
folder; where neither may be, it is done anew in every run.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """`function` as machine code that lets go of Python's lock, from the cache where there is one."""
    try:
        made: _Function = njit(function, nogil=True, cache=True)
    except RuntimeError:  # no folder for the cache
        made = njit(function, nogil=True)
    return made


_SECRET = np.frombuffer(
    bytes.fromhex(
        "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
        "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
        "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
    ),
    dtype=np.uint8,
)
_P32_1, _P32_2, _P32_3 = np.uint64(0x9E3779B1), np.uint64(0x85EBCA77), np.uint64(0xC2B2AE3D)
_P64_1, _P64_2, _P64_3 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_P64_4, _P64_5 = np.uint64(0x85EBCA77C2B2AE63), np.uint64(0x27D4EB2F165667C5)
_MIX = np.uint64(0x165667919E3779F9)
_LOW = np.uint64(0xFFFFFFFF)
_STRIPE, _STRIPES_PER_BLOCK = 64, 16


@intrinsic  # type: ignore[untyped-decorator]
def _read(typing_context: Any, data: Any, at: Any) -> Any:
    """8 bytes from `at` on, little-endian, wherever they lie."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [context.cast(builder, arguments[1], signature.args[1], types.intp)])
        return builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()), align=1)

    return types.uint64(data, at), code


@intrinsic  # type: ignore[untyped-decorator]
def _fold(typing_context: Any, a: Any, b: Any) -> Any:
    """The two halves of the 128-bit product, one xor the other."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        high = builder.lshr(product, ir.Constant(wide, 64))
        return builder.trunc(builder.xor(product, high), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), code


@compiled
def _avalanche(h: np.uint64) -> np.uint64:
    h = (h ^ (h >> np.uint64(37))) * _MIX
    return h ^ (h >> np.uint64(32))


@compiled
def _mix16(data: Bytes, at: int, secret: int) -> np.uint64:
    folded: np.uint64 = _fold(_read(data, at) ^ _read(_SECRET, secret), _read(data, at + 8) ^ _read(_SECRET, secret + 8))
    return folded


@compiled
def _swapped(value: np.uint64) -> np.uint64:
    """The 8 bytes in the other order."""
    turned = np.uint64(0)
    for i in range(8):
        turned |= ((value >> np.uint64(8 * i)) & np.uint64(255)) << np.uint64(56 - 8 * i)
    return turned


@compiled
def _of_9_to_16(data: Bytes, start: int, n: int) -> np.uint64:
    low = _read(data, start) ^ _read(_SECRET, 24) ^ _read(_SECRET, 32)
    high = _read(data, start + n - 8) ^ _read(_SECRET, 40) ^ _read(_SECRET, 48)
    return _avalanche(np.uint64(n) + _swapped(low) + high + _fold(low, high))


@compiled
def _of_17_to_128(data: Bytes, start: int, n: int) -> np.uint64:
    h = np.uint64(n) * _P64_1
    for i in range((n - 1) // 32 + 1):
        h += _mix16(data, start + 16 * i, 32 * i) + _mix16(data, start + n - 16 * (i + 1), 32 * i + 16)
    return _avalanche(h)


@compiled
def _of_129_to_240(data: Bytes, start: int, n: int) -> np.uint64:
    h = np.uint64(n) * _P64_1
    for i in range(8):
        h += _mix16(data, start + 16 * i, 16 * i)
    h = _avalanche(h)
    for i in range(8, n // 16):
        h += _mix16(data, start + 16 * i, 16 * (i - 8) + 3)
    return _avalanche(h + _mix16(data, start + n - 16, 136 - 17))


@compiled
def _accumulate(acc: np.ndarray[Any, Any], data: Bytes, at: int, secret: int) -> None:
    for i in range(8):
        value = _read(data, at + 8 * i)
        key = value ^ _read(_SECRET, secret + 8 * i)
        acc[i ^ 1] += value
        acc[i] += (key & _LOW) * (key >> np.uint64(32))


@compiled
def _of_more(data: Bytes, start: int, n: int) -> np.uint64:
    acc = np.array([_P32_3, _P64_1, _P64_2, _P64_3, _P64_4, _P32_2, _P64_5, _P32_1], dtype=np.uint64)
    for stripe in range((n - 1) // _STRIPE):
        _accumulate(acc, data, start + stripe * _STRIPE, 8 * (stripe % _STRIPES_PER_BLOCK))
        if stripe % _STRIPES_PER_BLOCK == _STRIPES_PER_BLOCK - 1:
            for i in range(8):
                acc[i] = (acc[i] ^ (acc[i] >> np.uint64(47)) ^ _read(_SECRET, 128 + 8 * i)) * _P32_1
    _accumulate(acc, data, start + n - _STRIPE, 192 - 64 - 7)
    h = np.uint64(n) * _P64_1
    for i in range(4):
        h += _fold(acc[2 * i] ^ _read(_SECRET, 11 + 16 * i), acc[2 * i + 1] ^ _read(_SECRET, 19 + 16 * i))
    return _avalanche(h)


@compiled
def xxh3(data: Bytes, start: int, n: int) -> np.uint64:
    """The hash of the `n` bytes (9 or more) of `data` from `start` on."""
    if n <= 16:
        return _of_9_to_16(data, start, n)
    if n <= 128:
        return _of_17_to_128(data, start, n)
    if n <= 240:
        return _of_129_to_240(data, start, n)
    return _of_more(data, start, n)
