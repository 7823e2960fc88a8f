"""Cutting a stream into lists of limited length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of at most ``size`` items, in order; the last may be shorter, none is empty."""
    stream = iter(items)
    while part := list(islice(stream, size)):
        yield part
