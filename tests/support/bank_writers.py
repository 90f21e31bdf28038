"""Writers of banks' files: the same statement as CSV, CAMT.053, MT940 and OFX, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from ledger.money import plain, total

IBAN = "DE89370400440532013000"
"""The number of the bank account of the examples."""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One movement as a bank tells it; positive came in."""

    on: date
    amount: Decimal
    reference: str = ""
    counterparty: str = ""
    memo: str = ""


@dataclass(frozen=True, kw_only=True)
class Stated:
    """One statement to be written; the closing balance follows, and is `misstated` by so much."""

    movements: Sequence[Movement]
    until: date
    opening: Decimal = Decimal(0)
    number: str = IBAN
    commodity: str = "USD"
    misstated: Decimal = Decimal(0)

    @property
    def closing(self) -> Decimal:
        """Return the opening balance and all that moved, misstated."""
        return total([self.opening, self.misstated, *(each.amount for each in self.movements)])


def as_csv(stated: Stated, account: str) -> bytes:
    """Write the project's own CSV of bank lines, for an account by its id."""
    rows = [
        f"{each.on},{account},{plain(each.amount)},{stated.commodity},{each.reference},"
        f"{each.counterparty},{each.memo}\n"
        for each in stated.movements
    ]
    return f"date,account,amount,currency,external_id,counterparty,memo\n{''.join(rows)}".encode()


def as_camt(stated: Stated, version: str = "08") -> bytes:
    """Write a CAMT.053 of a version."""
    nested = int(version) >= 8
    entries = "".join(
        _camt_entry(each, stated.commodity, nested=nested) for each in stated.movements
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>{stated.number}</IBAN></Id></Acct>"
        f"{_camt_balance('OPBD', stated.opening, stated)}"
        f"{_camt_balance('CLBD', stated.closing, stated)}"
        f"{entries}</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _camt_balance(code: str, amount: Decimal, stated: Stated) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f"{_camt_amount(amount, stated.commodity)}<Dt><Dt>{stated.until}</Dt></Dt></Bal>"
    )


def _camt_amount(amount: Decimal, commodity: str) -> str:
    return (
        f'<Amt Ccy="{commodity}">{plain(amount.copy_abs())}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd>"
    )


def _camt_entry(movement: Movement, commodity: str, *, nested: bool) -> str:
    name = f"<Nm>{escape(movement.counterparty)}</Nm>"
    side = "Cdtr" if movement.amount < 0 else "Dbtr"
    reference = f"<AcctSvcrRef>{movement.reference}</AcctSvcrRef>" if movement.reference else ""
    return (
        f"<Ntry>{_camt_amount(movement.amount, commodity)}"
        f"<Sts>{'<Cd>BOOK</Cd>' if nested else 'BOOK'}</Sts>"
        f"<BookgDt><Dt>{movement.on}</Dt></BookgDt>{reference}<NtryDtls><TxDtls>"
        f"<RltdPties><{side}>{f'<Pty>{name}</Pty>' if nested else name}</{side}></RltdPties>"
        f"<RmtInf><Ustrd>{escape(movement.memo)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def as_mt940(stated: Stated) -> bytes:
    """Write an MT940 with the subfields of German banks."""
    day = f"{stated.until:%y%m%d}"
    lines = [
        *(":20:STATEMENT", f":25:{stated.number}", ":28C:1/1"),
        f":60F:{_mt940_amount(stated.opening, day + stated.commodity)}",
    ]
    for each in stated.movements:
        reference = f"//{each.reference}" if each.reference else ""
        days = f"{each.on:%y%m%d%m%d}"
        lines.append(f":61:{days}{_mt940_amount(each.amount, '')}NTRFNONREF{reference}")
        lines.append(f":86:166?00TRANSFER?20{each.memo}?32{each.counterparty}")
    lines += [f":62F:{_mt940_amount(stated.closing, day + stated.commodity)}", "-", ""]
    return "\r\n".join(lines).encode()


def _mt940_amount(amount: Decimal, between: str) -> str:
    digits = plain(amount.copy_abs())
    comma = digits.replace(".", ",") if "." in digits else f"{digits},"
    return f"{'D' if amount < 0 else 'C'}{between}{comma}"


def as_ofx(stated: Stated, *, sgml: bool = True) -> bytes:
    """Write an OFX 1.02 in SGML, whose values close no tag, or a 2.11 in XML."""
    head = (
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n"
        if sgml
        else '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n'
    )

    def value(name: str, text: str) -> str:
        return f"<{name}>{escape(text)}" + ("\r\n" if sgml else f"</{name}>")

    entries = "".join(
        "<STMTTRN>"
        + value("TRNTYPE", "CREDIT" if each.amount > 0 else "DEBIT")
        + value("DTPOSTED", f"{each.on:%Y%m%d}120000")
        + value("TRNAMT", plain(each.amount))
        + value("FITID", each.reference)
        + (value("NAME", each.counterparty) if each.counterparty else "")
        + (value("MEMO", each.memo) if each.memo else "")
        + "</STMTTRN>"
        for each in stated.movements
    )
    body = (
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>{value('CURDEF', stated.commodity)}"
        f"<BANKACCTFROM>{value('BANKID', '1')}{value('ACCTID', stated.number)}</BANKACCTFROM>"
        f"<BANKTRANLIST>{value('DTEND', f'{stated.until:%Y%m%d}')}{entries}</BANKTRANLIST>"
        f"<LEDGERBAL>{value('BALAMT', plain(stated.closing))}"
        f"{value('DTASOF', f'{stated.until:%Y%m%d}')}</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    return f"{head}{body}".encode()
