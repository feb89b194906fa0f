# Lives here: the coding of numbers and texts in the page. Independent of: paths, what the numbers mean.
"""Numbers of a page: one compressed block of bytes, written as base64.

The block is an 8-byte length, a header in JSON of that length, and arrays one after the other, as the header lists
them. The bytes of an array are sorted by their place within a number, so that equal signs and exponents meet and
compress; an array of whole numbers may hold differences. The browser reverses this with DecompressionStream.
"""
from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPES = ("<f8", "<f4", "<u4", "|u1")
LEVEL = 6                           # of compression: higher ones gain little


def encode(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray], differences: tuple[str, ...] = ()) -> str:
    """The header and the arrays as base64; those named in `differences` (rising whole numbers) as differences."""
    listed, parts = [], []
    for name, array in arrays.items():
        numbers = as_known(array)
        listed.append({"name": name, "dtype": numbers.dtype.str, "size": numbers.size, "delta": name in differences})
        if name in differences:
            numbers = np.diff(numbers, prepend=numbers.dtype.type(0))
        parts.append(by_place(numbers))
    text = json.dumps({**header, "arrays": listed}, allow_nan=False).encode()
    block = b"".join([len(text).to_bytes(8, "little"), text, *parts])
    return b64encode(zlib.compress(block, LEVEL)).decode()


def decode(text: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(header, arrays) of an encoded block, as the page reads them."""
    block = zlib.decompress(b64decode(text, validate=True))
    start = 8 + int.from_bytes(block[:8], "little")
    header, arrays = json.loads(block[8:start]), {}
    for entry in header.pop("arrays"):
        dtype = np.dtype(entry["dtype"])
        end = start + entry["size"] * dtype.itemsize
        places = np.frombuffer(block[start:end], np.uint8).reshape(dtype.itemsize, -1)
        numbers = np.ascontiguousarray(places.T).view(dtype).ravel()
        arrays[entry["name"]] = np.cumsum(numbers, dtype=dtype) if entry["delta"] else numbers
        start = end
    return header, arrays


def as_known(array: np.ndarray) -> np.ndarray:
    """A flat array of one of the types that the page reads."""
    array = np.asarray(array)
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    elif array.dtype.kind in "iu" and array.dtype != np.uint8:
        array = array.astype("<u4")
    elif array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype("<f8")
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).ravel()


def by_place(numbers: np.ndarray) -> bytes:
    """The bytes of an array: the first byte of every number, then the second ones, and so on."""
    if numbers.size == 0:
        return b""
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, numbers.itemsize).T).tobytes()
