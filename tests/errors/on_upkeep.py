"""Bad claims on upkeep: a waiver that nothing proves."""

from pathlib import Path

from errors.reproductions import Reproduction, taken, text_file, typed
from support.books import Books

RENEWALS = (
    "id,exchange,connector,year_from,commodity,source\n"
    "renewal-1,Binance,binance,2023-10-01,USD,a test\n"
)


def a_renewal_is_invoiced(books: Books, folder: Path) -> None:
    taken(books, "renewal", "load", text_file(folder, "renewals.csv", RENEWALS))


ON_UPKEEP = (
    Reproduction(
        number=69,
        code="waiver_unproven",
        level="E",
        status=5,
        what="a waiver without evidence of what came in",
        prepare=a_renewal_is_invoiced,
        provoke=typed("renewal", "waive", "renewal-1", "--evidence", "they say so"),
    ),
)
