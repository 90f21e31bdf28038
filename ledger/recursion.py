"""The limit of recursion, kept where it is while libraries are imported that raise it for all.

Law: whoever answers a question cannot stop this process. `py_ecc`, which `eth_account` and `web3`
import, lets Python recurse a hundred times as deep as usual; an answer of 100,000 opening brackets
then overflows the stack of the interpreter, which ends it, where it else is a `RecursionError`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

_ONE_AT_A_TIME = RLock()
"""Else one thread takes for usual what another one's import has just raised."""


@contextmanager
def usual_recursion_limit() -> Iterator[None]:
    """Put the limit back after imports; every import of those libraries stands in this."""
    with _ONE_AT_A_TIME:
        limit = sys.getrecursionlimit()
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)
