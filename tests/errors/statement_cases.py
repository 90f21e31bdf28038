"""Bad statement files, numbered as in the catalogue of bad input, each with the code that it gets.

Levels: F refuses the file, Q sets the row aside, W is for a person to acknowledge, `ok` is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from support.workbooks import Number, Raw, Value, archive, ods, xlsx, xlsx_parts

NEEDS_THE_BOOKS = {
    11: "the same bytes are known from evidence",
    12: "a statement of the month is known from the books",
    48: "the months before are known from the books",
    56: "which months are closed is known from the books",
}
"""Numbers up to 56 that the file alone does not show."""

NEVER_REACHES_A_FILE = {
    33: "a mapping declares its marks; a draft without them is refused before a file is read",
    49: "a mapping declares its order; a draft without it is refused before a file is read",
}

Level = Literal["F", "Q", "W", "ok"]

TODAY = date(2023, 11, 3)

HEADER = "Month,Venue,Customer,Asset,Fees,Rate,Share,Note"
ROW = "2023-10,Binance,u1,USDT,20,40,8,as agreed"

CASE_MAPPINGS = {
    "case-csv": """
name: case-csv
version: 1
kind: statement
encoding: utf-8
delimiter: ","
decimal_mark: "."
grouping_mark: "'"
date_format: YYYY-MM
rate_unit: percent
header: [Month, Venue, Customer, Asset, Fees, Rate, Share, Note]
footer_total: {label_column: Month, label: Total, amount_column: Share}
columns: {period: Month, exchange: Venue, user: Customer, currency: Asset, trading_fees: Fees,
  rate: Rate, fee_share: Share, memo: Note}
""",
    "case-days": """
name: case-days
version: 1
kind: statement
exchange: Binance
encoding: utf-8
delimiter: ","
decimal_mark: ","
date_format: DD/MM/YYYY
header: [day, venue, coin, share]
columns: {period: day, exchange: venue, currency: coin, fee_share: share}
""",
    "case-times": """
name: case-times
version: 1
kind: statement
exchange: Binance
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD hh:mm:ss
time_zone: Europe/Berlin
header: [when, coin, share]
columns: {period: when, currency: coin, fee_share: share}
""",
    "case-offsets": """
name: case-offsets
version: 1
kind: statement
exchange: Binance
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DDThh:mm:ss+hh:mm
time_zone: UTC
header: [at, coin, share]
columns: {period: at, currency: coin, fee_share: share}
""",
    "case-epoch": """
name: case-epoch
version: 1
kind: statement
exchange: Binance
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: epoch_s
time_zone: UTC
header: [ts, coin, share]
columns: {period: ts, currency: coin, fee_share: share}
""",
    "case-xlsx": """
name: case-xlsx
version: 1
kind: statement
container: xlsx
decimal_mark: "."
date_format: YYYY-MM-DD
header: [Day, Venue, Asset, Share, Note]
columns: {period: Day, exchange: Venue, currency: Asset, fee_share: Share, memo: Note}
""",
    "case-ods": """
name: case-ods
version: 1
kind: statement
container: ods
decimal_mark: "."
date_format: YYYY-MM-DD
header: [Day, Venue, Asset, Share, Note]
columns: {period: Day, exchange: Venue, currency: Asset, fee_share: Share, memo: Note}
""",
}
"""Mappings that the cases are read by, beside those of the examples."""

SHEET_HEADER: list[Value] = ["Day", "Venue", "Asset", "Share", "Note"]
DAY = date(2023, 10, 5)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file and what is to be said of it; `mapping` is None where the file fits none."""

    number: int
    code: str
    level: Level
    mapping: str | None
    file_name: str
    make: Callable[[], bytes]
    what: str

    def __str__(self) -> str:
        return f"{self.number}-{self.code}-{self.what}".replace(" ", "-")


CASES: list[Case] = []


def case(
    number: int,
    code: str,
    level: Level,
    what: str,
    content: bytes | str | Callable[[], bytes],
    *,
    mapping: str | None = "case-csv",
    name: str = "statement.csv",
) -> None:
    """Add a case."""
    data = content.encode() if isinstance(content, str) else content
    make = data if callable(data) else lambda: data
    CASES.append(
        Case(
            number=number,
            code=code,
            level=level,
            mapping=mapping,
            file_name=name,
            make=make,
            what=what,
        )
    )


def rows(*changed: str, total: str | None = None) -> str:
    """Return a file of `case-csv`: a good row, others, and the total of the good one."""
    lines = [HEADER, ROW, *changed, f"Total,,,,,,{total or '8'},"]
    return "\n".join(lines) + "\n"


def with_cell(column: str, text: str) -> str:
    """Return a file of `case-csv` whose second row has a cell changed."""
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {column: text}
    quoted = [f'"{cell}"' if "," in cell or '"' in cell else cell for cell in cells.values()]
    return rows(",".join(quoted), total="16")


def sheet(*lines: list[Value]) -> list[list[Value]]:
    """Return the rows of `case-xlsx`: the header, a good row, others."""
    return [SHEET_HEADER, [DAY, "Binance", "USDT", Number("8"), "a note"], *lines]


def book(*lines: list[Value], **wanted: object) -> Callable[[], bytes]:
    return lambda: xlsx(sheet(*lines), **wanted)


def with_parts(**parts: bytes | str) -> Callable[[], bytes]:
    """Return a workbook with parts added; their names have `__` for a slash."""
    named = {name.replace("__", "/"): part for name, part in parts.items()}
    return lambda: archive({**xlsx_parts(sheet()), **named})


def encrypted_entries() -> bytes:
    """Return a workbook whose every entry says in the list that it is encrypted."""
    data = bytearray(xlsx(sheet()))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    return bytes(data)


def lying_sizes() -> bytes:
    """Return a bomb whose list of entries says that it is small."""
    data = bytearray(archive({**xlsx_parts(sheet()), "xl/media/image1.png": b"\0" * 20_000_000}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def compound(*names: str) -> bytes:
    """Return a compound file whose directory has these names."""
    directory = b"".join(f"{name}\0".encode("utf-16-le") for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + directory.ljust(1024, b"\0")


# Container

case(1, "file_empty", "F", "no bytes", b"", mapping=None)
case(1, "file_empty", "F", "header only", f"{HEADER}\n")
case(1, "file_empty", "F", "header and total", f"{HEADER}\nTotal,,,,,,0,\n")
case(
    1,
    "file_empty",
    "F",
    "a sheet with its header",
    lambda: xlsx([SHEET_HEADER]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(2, "file_too_large", "F", "a cell beyond measure", rows(f"2023-10,{'x' * 200_000},,,,,,"))
case(
    2,
    "file_too_large",
    "F",
    "a row beyond the last",
    with_parts(
        **{
            "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row r='9999999'><c><v>1</v></c>"
            "</row></sheetData></worksheet>"
        },
    ),
    mapping=None,
    name="statement.xlsx",
)
case(
    3,
    "archive_bomb",
    "F",
    "grows beyond reason",
    with_parts(xl__media__image1=b"\0" * 20_000_000),
    mapping=None,
    name="statement.xlsx",
)
case(3, "archive_bomb", "F", "headers lie", lying_sizes, mapping=None, name="statement.xlsx")
case(
    3,
    "archive_bomb",
    "F",
    "too many entries",
    lambda: archive({f"part{at}.xml": "<a/>" for at in range(2001)}),
    mapping=None,
    name="statement.xlsx",
)
case(
    4,
    "archive_unsafe",
    "F",
    "an archive inside",
    lambda: archive({**xlsx_parts(sheet()), "xl/media/image1.png": xlsx(sheet())}),
    mapping=None,
    name="statement.xlsx",
)
case(
    4,
    "archive_unsafe",
    "F",
    "a name that leads out",
    with_parts(**{"../../evil.xml": "<a/>"}),
    mapping=None,
    name="statement.xlsx",
)
case(
    4,
    "archive_unsafe",
    "F",
    "an absolute name",
    with_parts(**{"/evil.xml": "<a/>"}),
    mapping=None,
    name="statement.xlsx",
)
case(
    4,
    "archive_unsafe",
    "F",
    "encrypted entries",
    encrypted_entries,
    mapping=None,
    name="statement.xlsx",
)
case(5, "type_mismatch", "F", "a workbook named csv", book(), mapping=None)
case(5, "type_mismatch", "F", "a table named xlsx", rows(), mapping=None, name="statement.xlsx")
case(
    5,
    "type_mismatch",
    "F",
    "a web page named xls",
    "<html><table><tr><td>1</td></tr></table>",
    mapping=None,
    name="statement.xls",
)
case(5, "type_mismatch", "F", "a PDF", b"%PDF-1.7\n", mapping=None)
case(
    5,
    "type_mismatch",
    "F",
    "an archive of texts",
    lambda: archive({"a.txt": "a"}),
    mapping=None,
    name="statement.zip",
)
case(
    5,
    "type_mismatch",
    "F",
    "an old letter",
    compound("WordDocument"),
    mapping=None,
    name="statement.xls",
)
case(
    6,
    "workbook_encrypted",
    "F",
    "a new workbook",
    compound("EncryptedPackage"),
    mapping=None,
    name="statement.xlsx",
)
case(
    6,
    "workbook_encrypted",
    "F",
    "an old workbook",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + bytes(504)
    + b"\x09\x08\x10\x00\x00\x06\x05\x00"
    + bytes(12)
    + b"\x2f\x00"
    + bytes(490),
    mapping=None,
    name="statement.xls",
)
case(
    7,
    "active_content",
    "F",
    "macros",
    with_parts(**{"xl/vbaProject.bin": b"x"}),
    mapping=None,
    name="statement.xlsm",
)
case(
    7,
    "active_content",
    "F",
    "a link to another workbook",
    with_parts(**{"xl/externalLinks/externalLink1.xml": "<a/>"}),
    mapping=None,
    name="statement.xlsx",
)
case(
    7,
    "active_content",
    "F",
    "DDE",
    with_parts(**{"xl/odd.xml": "<ddeLink/>"}),
    mapping=None,
    name="statement.xlsx",
)
case(
    7,
    "active_content",
    "F",
    "old macros",
    compound("Workbook", "_VBA_PROJECT"),
    mapping=None,
    name="statement.xls",
)
case(
    8,
    "xml_unsafe",
    "F",
    "entities",
    with_parts(**{"xl/sharedStrings.xml": '<!DOCTYPE a [<!ENTITY b "c">]><sst/>'}),
    mapping=None,
    name="statement.xlsx",
)
case(
    8,
    "xml_unsafe",
    "F",
    "entities in UTF-16",
    with_parts(
        **{"xl/sharedStrings.xml": '<!DOCTYPE a [<!ENTITY b "c">]><sst/>'.encode("utf-16")}
    ),
    mapping=None,
    name="statement.xlsx",
)
case(
    9,
    "file_truncated",
    "F",
    "a workbook cut off",
    lambda: xlsx(sheet())[:-200],
    mapping=None,
    name="statement.xlsx",
)
case(9, "file_truncated", "F", "a quote never closed", rows('2023-10,"Binance,u2'))
case(
    9,
    "file_truncated",
    "F",
    "a sheet that is no XML",
    with_parts(**{"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}),
    mapping=None,
    name="statement.xlsx",
)
case(
    10,
    "sheet_ambiguous",
    "F",
    "two sheets",
    book(sheets={"One": "visible", "Two": "visible"}),
    mapping=None,
    name="statement.xlsx",
)
case(
    10,
    "hidden_data",
    "F",
    "a hidden row",
    book(hidden_rows=[2]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    10,
    "hidden_data",
    "F",
    "a hidden column",
    book(before='<cols><col min="5" max="5" hidden="1"/></cols>'),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    10,
    "hidden_data",
    "F",
    "a hidden sheet",
    book(sheets={"One": "visible", "Two": "hidden"}),
    mapping=None,
    name="statement.xlsx",
)
case(
    10,
    "hidden_data",
    "F",
    "a hidden column of an open workbook",
    lambda: ods(
        sheet(),
        columns='<table:table-column table:number-columns-repeated="4"/>'
        '<table:table-column table:visibility="collapse"/>',
    ),
    mapping="case-ods",
    name="statement.ods",
)
case(
    13,
    "wrong_sponsor",
    "F",
    "another exchange in its rows",
    "day,venue,coin,share\n05/10/2023,KuCoin,USDT,8\n",
    mapping="case-days",
)
case(
    14, "filename_unsafe", "F", "turned text", rows(), mapping=None, name="statement\u202evsc.csv"
)
case(14, "filename_unsafe", "F", "a folder", rows(), mapping=None, name="..\\statement.csv")
case(14, "filename_unsafe", "F", "a line break", rows(), mapping=None, name="state\nment.csv")

# Text and structure

case(
    15, "encoding_invalid", "F", "a stray byte", rows().encode().replace(b"as agreed", b"\xff\xfe")
)
case(15, "encoding_invalid", "F", "text decoded twice", with_cell("Note", "\u00c3\u00a4"))
case(16, "encoding_unexpected", "F", "UTF-16 with its mark", rows().encode("utf-16"), mapping=None)
case(16, "encoding_unexpected", "F", "UTF-16 without", rows().encode("utf-16-le"), mapping=None)
case(16, "encoding_unexpected", "F", "UTF-32", rows().encode("utf-32"), mapping=None)
case(17, "", "ok", "a byte order mark", b"\xef\xbb\xbf" + rows().encode())
case(18, "control_char", "F", "NUL", with_cell("Note", "a\x00b"))
case(18, "control_char", "F", "a lone carriage return", with_cell("Note", "a\rb"))
case(18, "control_char", "F", "a line separator", with_cell("Note", "a\u2028b"))
case(19, "delimiter_mismatch", "F", "semicolons", rows().replace(",", ";"), mapping=None)
case(19, "delimiter_mismatch", "F", "a line that names it", f"sep=,\n{rows()}", mapping=None)
case(20, "column_count", "Q", "too few cells", rows("2023-10,Binance,u1"))
case(20, "column_count", "Q", "too many cells", rows(f"{ROW},more"))
case(
    21,
    "header_changed",
    "F",
    "a column renamed",
    rows().replace("Share", "Rebate", 1),
    mapping=None,
)
case(
    21,
    "header_changed",
    "F",
    "columns turned",
    rows().replace("Month,Venue", "Venue,Month", 1),
    mapping=None,
)
case(22, "header_duplicate", "F", "a name twice", rows().replace("Note", "Share", 1), mapping=None)
case(
    22,
    "header_duplicate",
    "F",
    "a name that is blank",
    rows().replace("Note", "", 1),
    mapping=None,
)
case(23, "layout_unknown", "F", "lines above", f"Statement of October\n\n{rows()}", mapping=None)
case(23, "layout_unknown", "F", "a line below", rows("Generated by the desk"))
case(23, "layout_unknown", "F", "a second table", f"{rows()}{ROW}\nTotal,,,,,,8,\n")
case(24, "header_repeated", "Q", "among the rows", rows(HEADER))
case(25, "control_total_mismatch", "F", "another sum", rows(total="8.01"))
case(25, "control_total_mismatch", "F", "no total", f"{HEADER}\n{ROW}\n")
case(26, "value_missing", "Q", "a required cell", with_cell("Asset", ""))
case(26, "value_missing", "Q", "a blank row", rows(",,,,,,,"))
case(
    26,
    "value_missing",
    "Q",
    "a merged cell",
    book(
        [DAY, None, "USDT", Number("8")], after='<mergeCells><mergeCell ref="B2:B3"/></mergeCells>'
    ),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    27,
    "formula_unresolved",
    "Q",
    "no result",
    book([DAY, "Binance", "USDT", Raw('<c r="{at}"><f>A1+1</f></c>')]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    27,
    "formula_unresolved",
    "Q",
    "an error",
    book([DAY, "Binance", "USDT", Raw('<c r="{at}" t="e"><f>A1/0</f><v>#DIV/0!</v></c>')]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    27,
    "formula_unresolved",
    "Q",
    "an error in an open workbook",
    lambda: ods(
        sheet(
            [
                DAY,
                "Binance",
                "USDT",
                Raw(
                    '<table:table-cell table:formula="of:=1/0" office:value-type="string"'
                    ' calcext:value-type="error"><text:p>#DIV/0!</text:p>'
                    "</table:table-cell>"
                ),
            ]
        )
    ),
    mapping="case-ods",
    name="statement.ods",
)
case(28, "formula_text", "Q", "in a customer", with_cell("Customer", "=1+1"))
case(28, "formula_text", "Q", "by a full-width sign", with_cell("Customer", "\uff1d1+1"))
case(28, "formula_text", "W", "in a note", with_cell("Note", "@today"))
case(29, "text_unsafe", "Q", "turned text", with_cell("Venue", "Bin\u202eance"))
case(29, "text_unsafe", "Q", "no width", with_cell("Venue", "Bin\u200bance"))
case(29, "text_unsafe", "Q", "a script in a name", with_cell("Venue", "<script>Binance</script>"))
case(30, "name_confusable", "Q", "another alphabet", with_cell("Venue", "B\u0456nance"))
case(30, "name_confusable", "Q", "full-width letters", with_cell("Venue", "\uff22inance"))
case(31, "whitespace_trimmed", "W", "behind a key", with_cell("Venue", "Binance "))
case(
    31, "whitespace_trimmed", "W", "a blank that does not break", with_cell("Asset", "\u00a0USDT")
)

# Numbers

for mark, text in (("a comma", "8,00"), ("a comma and full stops", "1.234,56")):
    case(32, "decimal_mark", "Q", mark, with_cell("Share", text))
case(
    32,
    "decimal_mark",
    "Q",
    "a full stop",
    "day,venue,coin,share\n05/10/2023,Binance,USDT,8.5\n",
    mapping="case-days",
)
for number, code, texts in (
    (34, "grouping_invalid", ("1'2'3", "12'34.5", "1\u00a0000", "1,2,3")),
    (35, "digit_nonascii", ("1_000", "\uff11\uff12", "\u0661\u0662")),
    (36, "scientific", ("1e5", "1.2E-7", "1.22412E+31")),
    (37, "not_a_number", ("NaN", "sNaN", "Infinity", "-", "N/A", "null")),
    (38, "sign_style", ("-0", "(123.45)", "123-", "+5")),
    (39, "negative_amount", ("-8",)),
    (41, "too_precise", ("8.0000001",)),
    (44, "overflow", ("1" * 21, "1" * 78)),
    (46, "currency_in_amount", ("$1,200", "12 USDT", "USDT 12")),
    (47, "row_math", ("8.01",)),
):
    for written in texts:
        case(number, code, "Q", ascii(written), with_cell("Share", written))
case(40, "zero_amount", "W", "a row of nothing", rows("2023-10,Binance,u2,USDT,0,40,0,"))
case(
    42,
    "float_precision",
    "Q",
    "a float's tail",
    book([DAY, "Binance", "USDT", Number("0.30000000000000004")]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    42,
    "float_precision",
    "Q",
    "too many digits",
    book([DAY, "Binance", "USDT", Number("1234567890.123456")]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    43,
    "cell_type",
    "Q",
    "a number stored as text",
    book([DAY, "Binance", "USDT", "8"]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    43,
    "cell_type",
    "Q",
    "a date typed as number",
    book([Number("45204"), "Binance", "USDT", Number("8")]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    43,
    "cell_type",
    "Q",
    "a truth value",
    book([DAY, "Binance", "USDT", Raw('<c r="{at}" t="b"><v>1</v></c>')]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(45, "rate_unit", "Q", "a fraction", with_cell("Rate", "0.4"))
case(45, "rate_unit", "Q", "a sign", with_cell("Rate", "40%"))
case(45, "rate_unit", "Q", "beyond the whole", with_cell("Rate", "140"))

# Dates

case(50, "date_serial", "Q", "in a text", with_cell("Month", "45200"))
case(
    50,
    "date_serial",
    "Q",
    "from 1904",
    book(book='<workbookPr date1904="1"/>'),
    mapping="case-xlsx",
    name="statement.xlsx",
)
case(
    50,
    "date_serial",
    "Q",
    "the day that never was",
    book([Raw('<c r="{at}" s="1"><v>60</v></c>'), "Binance", "USDT", Number("8")]),
    mapping="case-xlsx",
    name="statement.xlsx",
)
for written in ("23/10/05", "05/10/23", "30/02/2023", "31/11/2023"):
    case(
        51,
        "date_invalid",
        "Q",
        written,
        f"day,venue,coin,share\n{written},Binance,USDT,8\n",
        mapping="case-days",
    )
for written in ("2023-10-05 24:00:00", "2023-10-05 23:59:60"):
    case(
        51,
        "date_invalid",
        "Q",
        written,
        f"when,coin,share\n{written},USDT,8\n",
        mapping="case-times",
    )
for written in ("1696500000000", "1696500000000000", "1696500"):
    case(
        52, "epoch_unit", "Q", written, f"ts,coin,share\n{written},USDT,8\n", mapping="case-epoch"
    )
for written in ("2023-10-05 12:00:00 CET", "2023-10-29 02:30:00", "2023-03-26 02:30:00"):
    case(
        53,
        "timezone_missing",
        "Q",
        written,
        f"when,coin,share\n{written},USDT,8\n",
        mapping="case-times",
    )
case(
    53,
    "timezone_missing",
    "Q",
    "no offset",
    "at,coin,share\n2023-10-05T12:00:00,USDT,8\n",
    mapping="case-offsets",
)
case(
    54,
    "date_out_of_range",
    "Q",
    "a month to come",
    f"{HEADER}\n{ROW.replace('2023-10', '2023-12')}\nTotal,,,,,,8,\n",
)
case(55, "period_mismatch", "Q", "another month", with_cell("Month", "2023-09"))
