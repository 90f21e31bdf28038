"""The limit of recursion, kept where it is while libraries are imported that raise it for all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def usual_recursion_limit() -> Iterator[None]:
    """Put the limit back: a higher one lets JSON that is nested deep overflow the stack."""
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
