"""OFX: Open Financial Exchange, 1.x in SGML and 2.x in XML, as banks offer it for download.

OFX states no opening balance, so a file cannot show by itself that it is whole: its closing
balance is held against the statements before it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.bank_files import sgml, trees
from ledger.bank_files.contents import FileEntry, FileReading, FileStatement
from ledger.bank_files.faults import Faults
from ledger.bank_files.marks import COMMA, POINT, amount_of, day_of
from ledger.bank_files.trees import child, children, name_of, text_at
from ledger.bank_files.xml_statements import XmlStatement, read_each
from ledger.revenue.cells import parse_commodity

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read(content: bytes, place: str, commodities: Mapping[str, int]) -> FileReading:
    """Return the statements of an OFX file, and every problem of it."""
    faults = Faults(place)
    is_sgml = b"OFXHEADER:" in content[:200]
    root = faults.take(sgml.tree_of(content) if is_sgml else trees.tree_of(content), "OFX")
    found = children(root, "BANKMSGSRSV1", "STMTTRNRS", "STMTRS")
    if root is not None and (name_of(root) != "OFX" or not found):
        faults.add("file_empty", "at least one bank statement (STMTRS)", name_of(root))
    return read_each(_Statement, found, commodities, faults)


class _Statement(XmlStatement):
    """One `STMTRS` while it is read."""

    ENTRIES = ("BANKTRANLIST", "STMTTRN")

    def statement(self) -> list[FileStatement]:
        """Return the statement, or nothing where something of it is wrong."""
        before = len(self.faults.problems)
        self.currency = text_at(self.element, "CURDEF")
        self.faults.take(parse_commodity(self.currency, self.commodities), "CURDEF")
        account = self._account()
        closing = self._closing()
        entries = [
            self._entry(number, element)
            for number, element in enumerate(self.listed, start=self.entries_before + 1)
        ]
        found = [entry for entry in entries if entry is not None]
        self._check_references(found)
        if closing is not None:
            self._check_days(found, closing[1])
        if len(self.faults.problems) > before or closing is None:
            return []
        return [
            FileStatement(
                number=self.number,
                name=text_at(self.element, "BANKTRANLIST", "DTEND"),
                account=account,
                commodity=self.currency,
                opening=None,
                closing=closing[0],
                closing_on=closing[1],
                entries=tuple(found),
                left_out=len(entries) - len(found),
            )
        ]

    def _account(self) -> tuple[str, ...]:
        bank = text_at(self.element, "BANKACCTFROM", "BANKID")
        number = self.faults.text(text_at(self.element, "BANKACCTFROM", "ACCTID"), "ACCTID")
        if not number:
            self.faults.add("value_missing", "the account's number (ACCTID)")
        return (number, f"{bank}/{number}")

    def _closing(self) -> tuple[Decimal, dt.date] | None:
        ledger_balance = child(self.element, "LEDGERBAL")
        if ledger_balance is None:
            expected = "a booked closing balance (LEDGERBAL)"
            self.faults.add("balance_missing", expected, mend="Ask the bank for a whole export.")
            return None
        amount = self._amount(ledger_balance, "BALAMT", self.faults)
        on = self._day(ledger_balance, "DTASOF", self.faults)
        return None if amount is None or on is None else (amount, on)

    def _entry(self, number: int, element: "Element") -> FileEntry | None:
        """Return an entry other than zero, or None."""
        faults = self.faults.at(f"entry {number}")
        other = text_at(element, "CURRENCY", "CURSYM")
        if other and other != self.currency:
            expected = f"{self.currency}, the currency of the statement"
            faults.add("currency_mismatch", expected, other)
        amount = self._amount(element, "TRNAMT", faults)
        on = self._day(element, "DTPOSTED", faults)
        reference = faults.text(text_at(element, "FITID"), "FITID")
        if not reference:
            faults.add("value_missing", "the bank's id of the entry (FITID)")
        name = text_at(element, "NAME") or text_at(element, "PAYEE", "NAME")
        counterparty = faults.text(name, "NAME")
        memo = faults.text(text_at(element, "MEMO"), "MEMO")
        if not amount or on is None:
            return None
        return FileEntry(
            number=number,
            on=on,
            amount=amount,
            reference=reference,
            counterparty=counterparty,
            memo=memo,
        )

    def _check_references(self, entries: list[FileEntry]) -> None:
        """Require each FITID once: no opening balance tells a copy from a repeat."""
        counts = Counter(entry.reference for entry in entries)
        for entry in entries:
            if counts[entry.reference] > 1:
                faults = self.faults.at(f"entry {entry.number}")
                faults.add("entry_repeated", "each FITID once in a statement", entry.reference)

    def _check_days(self, entries: list[FileEntry], closing_on: dt.date) -> None:
        for entry in entries:
            if entry.on > closing_on:
                faults = self.faults.at(f"entry {entry.number}")
                expected = f"a day up to {closing_on}, the day of the closing balance"
                faults.add("period_mismatch", expected, entry.on.isoformat())

    def _amount(self, element: "Element", name: str, faults: Faults) -> Decimal | None:
        text = text_at(element, name)
        # Either mark is allowed for the decimals; none parts thousands.
        marks = COMMA if "," in text and "." not in text else POINT
        spelled = text.removeprefix("+") if text[1:2].isdigit() else text
        found = amount_of(spelled, marks, self.currency, self.commodities, signed=True)
        return faults.take(found, name)

    def _day(self, element: "Element", name: str, faults: Faults) -> dt.date | None:
        return faults.take(day_of(text_at(element, name), "YYYYMMDD"), name)
