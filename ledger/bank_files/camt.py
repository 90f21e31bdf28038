"""CAMT.053: the bank-to-customer statement of ISO 20022, versions 02 to 13.

Law: an entry is one line with the entry's own amount, whatever its details say; a reversal's sign
is that of its booking. Elements are known by their names, under a known namespace only.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.bank_files.contents import FileEntry, FileReading, FileStatement
from ledger.bank_files.faults import Faults
from ledger.bank_files.marks import POINT, amount_of, day_of
from ledger.bank_files.trees import child, children, name_of, namespace_of, text_at, tree_of
from ledger.bank_files.xml_statements import XmlStatement, read_each
from ledger.revenue.cells import parse_commodity

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACES = {f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{n:02}" for n in range(2, 14)}

OPENING = ("OPBD", "PRCD")
CLOSING = ("CLBD",)
NOT_BOOKED = {"PDNG", "INFO", "FUTR"}
NO_REFERENCE = {"", "NONREF", "NOTPROVIDED"}

SHOWN_DETAILS = 20
"""More details of one entry than this are counted in its memo, not listed."""


def read(content: bytes, place: str, commodities: Mapping[str, int]) -> FileReading:
    """Return the statements of a CAMT.053 file, and every problem of it."""
    faults = Faults(place)
    root = faults.take(tree_of(content), "XML")
    if root is None:
        return FileReading(statements=(), problems=tuple(faults.problems))
    if name_of(root) != "Document" or namespace_of(root) not in NAMESPACES:
        faults.add(
            "format_unsupported",
            "a statement, camt.053.001.02 to camt.053.001.13",
            f"{name_of(root)} {namespace_of(root)}".strip(),
            "Ask the bank for its end-of-day statements (CAMT.053).",
        )
        return FileReading(statements=(), problems=tuple(faults.problems))
    found = children(root, "BkToCstmrStmt", "Stmt")
    if not found:
        faults.add("file_empty", "at least one statement (Stmt)")
    return read_each(_Statement, found, commodities, faults)


class _Statement(XmlStatement):
    """One `Stmt` while it is read."""

    ENTRIES = ("Ntry",)

    def statement(self) -> list[FileStatement]:
        """Return the statement, or nothing where something of it is wrong."""
        before = len(self.faults.problems)
        account = self._account()
        closing = self._balance("closing", CLOSING)
        opening = self._balance("opening", OPENING)
        if closing is not None:
            self._check_currency()
        entries = [
            self._entry(number, element)
            for number, element in enumerate(self.listed, start=self.entries_before + 1)
        ]
        if len(self.faults.problems) > before or opening is None or closing is None:
            return []
        amount, closing_on = closing
        found = [entry for entry in entries if entry is not None]
        statement = FileStatement(
            number=self.number,
            name=text_at(self.element, "Id"),
            account=account,
            commodity=self.currency,
            opening=opening[0],
            closing=amount,
            closing_on=closing_on,
            entries=tuple(found),
            left_out=len(entries) - len(found),
        )
        self.faults.check(statement)
        return [statement]

    def _account(self) -> tuple[str, ...]:
        identity = child(self.element, "Acct", "Id")
        name = text_at(identity, "IBAN") or text_at(identity, "Othr", "Id")
        if not name:
            self.faults.add("value_missing", "the account's number (Acct/Id)")
        return (self.faults.text(name, "Acct/Id"),)

    def _balance(self, what: str, codes: tuple[str, ...]) -> tuple[Decimal, dt.date] | None:
        found = [
            balance
            for balance in children(self.element, "Bal")
            if text_at(balance, "Tp", "CdOrPrtry", "Cd") in codes
        ]
        if not found:
            self.faults.add(
                "balance_missing",
                f"a booked {what} balance ({' or '.join(codes)})",
                mend="Ask the bank for the whole statement.",
            )
            return None
        read = [self._stated(balance) for balance in found]
        if len({each[0] for each in read if each}) > 1:
            values = ", ".join(text_at(balance, "Amt") for balance in found)
            self.faults.add("control_total_mismatch", f"one {what} balance", values)
        return read[0]

    def _stated(self, balance: "Element") -> tuple[Decimal, dt.date] | None:
        currency = self._currency_of(balance, self.faults)
        self.currency = self.currency or currency
        amount = self._signed(balance, self.faults)
        day = self._day(balance, "Dt", self.faults)
        return None if amount is None or day is None else (amount, day)

    def _check_currency(self) -> None:
        self.faults.take(parse_commodity(self.currency, self.commodities), "Ccy")
        declared = text_at(self.element, "Acct", "Ccy")
        if declared and declared != self.currency:
            expected = f"{declared}, the account's own currency"
            self.faults.add("currency_mismatch", expected, self.currency)

    def _entry(self, number: int, element: "Element") -> FileEntry | None:
        """Return an entry that is booked and other than zero."""
        faults = self.faults.at(f"entry {number}")
        status = text_at(element, "Sts", "Cd") or text_at(element, "Sts")
        if status in NOT_BOOKED:
            return None
        if status != "BOOK":
            allowed = f"BOOK, or {', '.join(sorted(NOT_BOOKED))}, which are left out"
            faults.add("value_unknown", allowed, status)
        self._currency_of(element, faults)
        amount = self._signed(element, faults)
        valued = child(element, "ValDt")
        booked_on = "BookgDt" if child(element, "BookgDt") is not None else "ValDt"
        on = self._day(element, booked_on, faults)
        details = children(element, "NtryDtls", "TxDtls")
        memo = _memo(element, details)
        if booked_on != "ValDt" and valued is not None:
            value_day = self._day(element, "ValDt", faults)
            memo += f" (value {value_day})" if value_day not in (on, None) else ""
        counterparty = _counterparty(element, details[0]) if len(details) == 1 else ""
        reference = faults.text(_reference(element, details), "AcctSvcrRef")
        counterparty = faults.text(counterparty, "RltdPties")
        memo = faults.text(memo, "RmtInf")
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

    def _currency_of(self, element: "Element", faults: Faults) -> str:
        amount = child(element, "Amt")
        currency = "" if amount is None else amount.get("Ccy", "")
        if self.currency and currency != self.currency:
            expected = f"{self.currency}, the currency of the statement's balances"
            faults.add("currency_mismatch", expected, currency)
        return currency

    def _signed(self, element: "Element", faults: Faults) -> Decimal | None:
        text = text_at(element, "Amt")
        amount = faults.take(amount_of(text, POINT, self.currency, self.commodities), "Amt")
        direction = text_at(element, "CdtDbtInd")
        if direction not in ("CRDT", "DBIT"):
            faults.add("value_unknown", "CRDT or DBIT (CdtDbtInd)", direction)
        return amount.copy_negate() if amount and direction == "DBIT" else amount

    def _day(self, element: "Element", name: str, faults: Faults) -> dt.date | None:
        text = text_at(element, name, "Dt") or text_at(element, name, "DtTm")
        return faults.take(day_of(text, "YYYY-MM-DD"), name)


def _reference(element: "Element", details: "list[Element]") -> str:
    """Return the bank's reference of an entry.

    `NtryRef` is none: banks number the entries of a statement in it, or repeat the account there.
    """
    named = [text_at(element, "AcctSvcrRef")]
    if len(details) == 1:
        named += [text_at(details[0], "Refs", "AcctSvcrRef"), text_at(details[0], "Refs", "TxId")]
    return next((each for each in named if each.upper() not in NO_REFERENCE), "")


def _counterparty(element: "Element", detail: "Element") -> str:
    """Return who is on the other side; a reversal turns the sides of the original round."""
    is_credit = text_at(element, "CdtDbtInd") == "CRDT"
    is_reversal = text_at(element, "RvslInd") in ("true", "1")
    side = "Dbtr" if is_credit != is_reversal else "Cdtr"
    parties = child(detail, "RltdPties")
    return text_at(parties, side, "Pty", "Nm") or text_at(parties, side, "Nm")


def _memo(element: "Element", details: "list[Element]") -> str:
    if not details:
        return text_at(element, "AddtlNtryInf")
    if len(details) == 1:
        return _purpose(details[0]) or text_at(element, "AddtlNtryInf")
    shown = [
        " ".join(
            part
            for part in (_counterparty(element, each), text_at(each, "Amt"), _purpose(each))
            if part
        )
        for each in details[:SHOWN_DETAILS]
    ]
    more = len(details) - len(shown)
    return f"{len(details)} in one: {'; '.join(shown)}" + (f"; and {more} more" if more else "")


def _purpose(detail: "Element") -> str:
    parts = [(each.text or "").strip() for each in children(detail, "RmtInf", "Ustrd")]
    parts.append(text_at(detail, "RmtInf", "Strd", "CdtrRefInf", "Ref"))
    end_to_end = text_at(detail, "Refs", "EndToEndId")
    parts.append("" if end_to_end.upper() in NO_REFERENCE else end_to_end)
    return " ".join(part for part in parts if part)
