"""MT940: the customer statement message of SWIFT, as banks write it to files.

Law: every line of a message is understood or refused. Libraries read past what they do not know;
here an entry passed over would be money lost.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from ledger.bank_files.contents import FileEntry, FileReading, FileStatement
from ledger.bank_files.faults import Faults
from ledger.bank_files.marks import COMMA, amount_of, nearest, short_day_of
from ledger.bank_files.purposes import purpose_of
from ledger.errors import Problem
from ledger.revenue.cells import parse_commodity

TAG = re.compile(r":([0-9A-Z]{2,3}):(.*)", re.ASCII)
KNOWN = {
    *("20", "21", "25", "25P", "28", "28C", "60F", "60M", "61", "86", "62F", "62M", "64", "65")
}
END = re.compile(r"-(?:\}.*)?")
ENVELOPE = re.compile(r"(?:\{.*|[A-Z0-9]{3,15}|)", re.ASCII)
"""Lines between messages: SWIFT's blocks, a bank's own address and message type, nothing."""

BALANCE = re.compile(r"([DC])([0-9]{6})([A-Z]{3})(.*)", re.ASCII)
ENTRY = re.compile(
    r"(?P<value>[0-9]{6})(?P<booked>[0-9]{4})?(?P<mark>R?[DC])(?P<funds>[A-Z])?"
    r"(?P<amount>.*?)(?P<kind>[NSF][A-Z0-9]{3})(?P<rest>.*)",
    re.ASCII,
)
COMES_IN = {"C": True, "D": False, "RC": False, "RD": True}
"""A reversed credit goes out, a reversed debit comes in."""

NO_REFERENCE = {"", "NONREF", "NOTPROVIDED"}


@dataclass(kw_only=True)
class _Field:
    tag: str
    line: int
    texts: list[str] = field(default_factory=list)


def read(content: bytes, place: str, commodities: Mapping[str, int]) -> FileReading:
    """Return the statements of an MT940 file, and every problem of it.

    The format names no encoding: a file that is not UTF-8 is read as Windows-1252.
    """
    faults = Faults(place)
    text = faults.take(_decoded(content), "text")
    statements: list[FileStatement] = []
    entries_before = 0
    messages = list(_messages(text or "", faults))
    if text is not None and not messages:
        faults.add("file_empty", "at least one statement (:20:)")
    _check_pages(messages, faults)
    for number, message in enumerate(messages, start=1):
        reader = _Message(message, number, entries_before, commodities, faults)
        entries_before += sum(each.tag == "61" for each in message)
        statements += reader.statement()
    return FileReading(statements=tuple(statements), problems=tuple(faults.problems))


def _decoded(content: bytes) -> str | Problem:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return Problem(code="encoding_invalid", expected="text encoded as UTF-8 or Windows-1252")


def _messages(text: str, faults: Faults) -> Iterator[list[_Field]]:
    """Yield the fields of each message; lines that belong to none are refused."""
    message: list[_Field] = []
    for number, line in enumerate(re.split(r"\r?\n", text), start=1):
        tag = TAG.fullmatch(line)
        if tag is not None and tag[1] == "20":
            if message:
                yield message
            message = []
        if tag is not None and tag[1] in KNOWN and (message or tag[1] == "20"):
            message.append(_Field(tag=tag[1], line=number, texts=[tag[2]]))
        elif message and END.fullmatch(line):
            yield message
            message = []
        elif message and not line.startswith(":"):
            message[-1].texts.append(line)
        elif not ENVELOPE.fullmatch(line) and not END.fullmatch(line):
            faults.at(f"line {number}").add(
                "layout_unknown", "a field of an MT940 statement, after its :20:", line
            )
    if message:
        yield message


def _check_pages(messages: list[list[_Field]], faults: Faults) -> None:
    """Require that a page which closes with an intermediate balance is followed by the next."""
    tags = [{each.tag for each in message} for message in messages]
    for number, (page, following) in enumerate(pairwise([set(), *tags, set()])):
        if ("62M" in page) != ("60M" in following):
            faults.at(f"statement {max(number, 1)}").add(
                "file_truncated",
                "all pages of a statement in one file (:62M:, then :60M:)",
                mend="The file was cut off: get it again.",
            )


class _Message:
    """One message while it is read."""

    def __init__(
        self,
        fields: list[_Field],
        number: int,
        entries_before: int,
        commodities: Mapping[str, int],
        faults: Faults,
    ) -> None:
        self.fields = fields
        self.number = number
        self.entries_before = entries_before
        self.commodities = commodities
        self.faults = faults.at(f"statement {number}")
        self.currency = ""

    def statement(self) -> list[FileStatement]:
        """Return the statement, or nothing where something of it is wrong."""
        before = len(self.faults.problems)
        account = self._first("25", "25P")
        if not account:
            self.faults.add("value_missing", "the account's number (:25:)")
        opening = self._balance("60")
        closing = self._balance("62")
        self.faults.take(parse_commodity(self.currency, self.commodities), "currency")
        entries = list(self._entries())
        if len(self.faults.problems) > before or opening is None or closing is None:
            return []
        found = [entry for entry in entries if entry is not None]
        statement = FileStatement(
            number=self.number,
            name=f"{self._first('20')} {self._first('28C', '28')}".strip(),
            account=(account, account.removesuffix(self.currency)),
            commodity=self.currency,
            opening=opening[0],
            closing=closing[0],
            closing_on=closing[1],
            entries=tuple(found),
            left_out=len(entries) - len(found),
        )
        self.faults.check(statement)
        return [statement]

    def _first(self, *tags: str) -> str:
        found = (each.texts[0].strip() for each in self.fields if each.tag in tags)
        return self.faults.text(next(found, ""), f":{tags[0]}:")

    def _balance(self, tag: str) -> tuple[Decimal, dt.date] | None:
        """Return a balance; F is the statement's own, M that of a page of it."""
        found = [each for each in self.fields if each.tag in (f"{tag}F", f"{tag}M")]
        if len(found) != 1:
            self.faults.add(
                "balance_missing" if not found else "layout_unknown",
                f"one balance :{tag}F: or :{tag}M:",
                mend="The file may be cut off: get it again.",
            )
            return None
        text = "".join(found[0].texts).strip()
        spelled = BALANCE.fullmatch(text)
        if spelled is None:
            self.faults.add("layout_unknown", f":{tag}F: such as C231031USD1000,00", text)
            return None
        mark, day, currency, amount_text = spelled.groups()
        if self.currency and currency != self.currency:
            expected = f"{self.currency}, the currency of the opening balance"
            self.faults.add("currency_mismatch", expected, currency)
        self.currency = self.currency or currency
        amount = self._amount(amount_text, self.faults, f":{tag}F:")
        on = self.faults.take(short_day_of(day), f":{tag}F:")
        if amount is None or on is None:
            return None
        return (amount.copy_negate() if amount and mark == "D" else amount), on

    def _amount(self, text: str, faults: Faults, what: str) -> Decimal | None:
        # The comma is written even where no decimals follow.
        bare = text.removesuffix(",") if text.count(",") == 1 else text
        padded = re.fullmatch(r"0+([0-9].*)", bare, re.ASCII)
        bare = padded[1] if padded else bare
        return faults.take(amount_of(bare, COMMA, self.currency, self.commodities), what)

    def _entries(self) -> Iterator[FileEntry | None]:
        number = self.entries_before
        for at, each in enumerate(self.fields):
            if each.tag == "61":
                number += 1
                follows = self.fields[at + 1] if at + 1 < len(self.fields) else None
                told = follows.texts if follows and follows.tag == "86" else []
                yield self._entry(number, each, told)

    def _entry(self, number: int, line: _Field, told: list[str]) -> FileEntry | None:
        """Return an entry other than zero, or None."""
        faults = self.faults.at(f"entry {number}")
        spelled = ENTRY.fullmatch(line.texts[0].strip())
        if spelled is None:
            expected = ":61: such as 2310051005C250,00NTRFNONREF//REFERENCE"
            faults.add("layout_unknown", expected, line.texts[0])
            return None
        amount = self._amount(spelled["amount"], faults, "amount")
        valued = faults.take(short_day_of(spelled["value"]), "value date")
        on = valued
        if valued is not None and spelled["booked"]:
            on = faults.take(nearest(spelled["booked"], valued), "booking date")
        counterparty, memo = purpose_of(told)
        memo = memo or " ".join(line.texts[1:])
        if on != valued:
            memo += f" (value {valued})"
        bank_reference = spelled["rest"].partition("//")[2].strip()
        if bank_reference.upper() in NO_REFERENCE:
            bank_reference = ""
        reference = faults.text(bank_reference, "reference")
        counterparty = faults.text(counterparty, ":86:")
        memo = faults.text(memo, ":86:")
        if not amount or on is None:
            return None
        return FileEntry(
            number=number,
            on=on,
            amount=amount if COMES_IN[spelled["mark"]] else amount.copy_negate(),
            reference=reference,
            counterparty=counterparty,
            memo=memo,
        )
