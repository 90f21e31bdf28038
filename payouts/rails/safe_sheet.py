"""The signer sheet of one part: what owners compare with their wallets before they sign.

Law: everything in it comes from the instruction that the batch file is made from; text of payees
is shown as text, whatever it holds. Addresses stand in full, as shortened ones have cost money.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TypeAlias

from ledger.money import plain
from payouts.rails.evm_addresses import bare_address
from payouts.rails.instructions import Instruction, grouped, totals_of
from payouts.rails.safe_tx import Json, SafeTx, token_of, units_of

Sheet: TypeAlias = Mapping[str, Json]

FACTS = (
    ("Batch", "batch"),
    ("Content hash", "contentHash"),
    ("Part", "part"),
    ("Frozen", "frozenAt"),
    ("Chain", "chain"),
    ("Safe", "safe"),
    ("Nonce", "nonce"),
    ("Domain hash", "domainHash"),
    ("Message hash", "messageHash"),
    ("safeTxHash", "safeTxHash"),
)
"""What stands above the lines: its name on the sheet, its key in the JSON."""

COLUMNS = ("line", "payee", "address", "amount", "token", "contract")

STYLE = """
@page { size: A4 landscape; margin: 10mm }
body { font: 8pt/1.3 sans-serif; margin: 1em; color: #000; background: #fff }
h1 { font-size: 12pt; margin: 0 0 .5em }
table { border-collapse: collapse; margin: 0 0 1em }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: .5pt solid #999; padding: .15em .5em; text-align: left; vertical-align: top }
th { background: #eee }
.amount { text-align: right; white-space: nowrap }
.exact { font-family: monospace; white-space: nowrap }
"""


def sheet_of(part: Instruction, which: str, tx: SafeTx) -> dict[str, Json]:
    """Return the facts of a part as JSON: the hashes, the totals, each line, the typed data."""
    return {
        "batch": part.batch,
        "part": which,
        "contentHash": part.content_hash,
        "frozenAt": part.created_at.isoformat(timespec="seconds"),
        "safe": tx.safe,
        "chain": f"{token_of(part.payments[0]).chain}, chain id {tx.chain_id}",
        "chainId": str(tx.chain_id),
        "nonce": str(tx.nonce),
        "safeTxHash": tx.safe_tx_hash(),
        "domainHash": tx.domain_hash(),
        "messageHash": tx.message_hash(),
        "totals": {name: plain(total) for name, total in totals_of(part.payments).items()},
        "payments": [
            {
                "line": payment.line,
                "payee": payment.payee,
                "payeeName": payment.payee_name,
                "address": bare_address(payment.address),
                "commodity": payment.commodity,
                "amount": plain(payment.amount),
                "units": str(units_of(payment)),
                "contract": token_of(payment).contract,
                "reference": payment.reference,
            }
            for payment in part.payments
        ],
        "typedData": tx.typed_data(),
    }


def facts_of(sheet: Sheet) -> list[tuple[str, str]]:
    """Return what stands above the lines: names and values, the Safe's address in fours."""
    return [
        (name, grouped(str(sheet[key])) if key == "safe" else str(sheet[key]))
        for name, key in FACTS
    ]


def totals_in(sheet: Sheet) -> list[tuple[str, str]]:
    """Return the totals, each token and its amount."""
    totals = sheet["totals"]
    return list(totals.items()) if isinstance(totals, dict) else []


def lines_of(sheet: Sheet) -> list[tuple[str, ...]]:
    """Return the lines as they are shown, in the order of `COLUMNS`."""
    payments = sheet["payments"]
    found = payments if isinstance(payments, Sequence) else ()
    return [_line(each) for each in found if isinstance(each, Mapping)]


def html_of(sheet: Sheet) -> bytes:
    """Return the sheet as one page for screen and paper: no script, nothing from elsewhere."""
    title = escape(f"Signer sheet: {sheet['batch']}, {sheet['part']}")
    facts = "".join(_row([name], [value], "exact") for name, value in facts_of(sheet))
    totals = "".join(_row([name], [amount], "amount") for name, amount in totals_in(sheet))
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    kinds = ("amount", "", "exact", "amount", "", "exact")
    lines = "".join(f"<tr>{''.join(map(_cell, line, kinds))}</tr>\n" for line in lines_of(sheet))
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>{STYLE}</style></head>
<body><h1>{title}</h1>
<table><tbody>
{facts}</tbody></table>
<table><thead><tr><th>token</th><th>total</th></tr></thead><tbody>
{totals}</tbody></table>
<table><thead><tr>{head}</tr></thead><tbody>
{lines}</tbody></table>
</body></html>
"""
    return page.encode()


def _line(payment: Mapping[str, Json]) -> tuple[str, ...]:
    contract = payment["contract"]
    return (
        str(payment["line"]),
        f"{payment['payeeName']} ({payment['payee']})",
        grouped(str(payment["address"])),
        str(payment["amount"]),
        str(payment["commodity"]),
        "native coin" if contract is None else grouped(str(contract)),
    )


def _row(names: Sequence[str], values: Sequence[str], kind: str) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    return f"<tr>{heads}{''.join(_cell(value, kind) for value in values)}</tr>\n"


def _cell(value: str, kind: str) -> str:
    marked = f' class="{kind}"' if kind else ""
    return f"<td{marked}>{escape(value)}</td>"
