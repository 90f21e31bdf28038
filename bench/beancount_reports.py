"""A trial balance, or an account's register, by Beancount: run by `.venv-oracles/bin/python`.

Arguments: a journal, then an account for its register. Nothing is taken from a cache.
"""

import os
import sys

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from beancount import loader
from beancount.core import realization


def main(journal: str, account: str | None) -> None:
    """Load the journal, refuse errors in it, and print what was asked for."""
    entries, errors, _ = loader.load_file(journal)
    if errors:
        raise SystemExit(f"{len(errors)} errors, the first: {errors[0]}")
    books = realization.realize(entries)
    if account is None:
        for one in realization.iter_children(books, leaf_only=True):
            print(one.account, one.balance)
        return
    lines = realization.get(books, account).txn_postings
    for entry, _, change, balance in realization.iterate_with_balance(lines):
        print(entry.date, getattr(entry, "narration", ""), change, balance)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
