"""The statements of a file that is a tree of elements, one after the other: CAMT and OFX alike."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from ledger.bank_files.contents import FileReading, FileStatement
from ledger.bank_files.faults import Faults
from ledger.bank_files.trees import children

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class XmlStatement(ABC):
    """One statement while it is read; `ENTRIES` is where its entries stand.

    Entries are numbered through the file: `entries_before` came in its earlier statements.
    """

    ENTRIES: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        element: "Element",
        number: int,
        entries_before: int,
        commodities: Mapping[str, int],
        faults: Faults,
    ) -> None:
        self.element = element
        self.number = number
        self.entries_before = entries_before
        self.commodities = commodities
        self.faults = faults.at(f"statement {number}")
        self.listed = children(element, *self.ENTRIES)
        self.currency = ""

    @abstractmethod
    def statement(self) -> list[FileStatement]:
        """Return the statement, or nothing where something of it is wrong."""


def read_each(
    reader: type[XmlStatement],
    elements: "Iterable[Element]",
    commodities: Mapping[str, int],
    faults: Faults,
) -> FileReading:
    """Return the statements that elements stand for, with every problem of the file."""
    statements: list[FileStatement] = []
    entries_before = 0
    for number, element in enumerate(elements, start=1):
        each = reader(element, number, entries_before, commodities, faults)
        entries_before += len(each.listed)
        statements += each.statement()
    return FileReading(statements=tuple(statements), problems=tuple(faults.problems))
