"""Workbooks written part by part, so that a test can make any one of them wrong."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WRITTEN_AT = (2023, 11, 2, 9, 0, 0)

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
STYLES = (
    f'<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '</numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    "</cellXfs></styleSheet>"
)

Value = str | int | dt.date | None
"""A text, a number by its digits (see `Number`), a date or a blank."""


class Number(str):
    """A number cell's digits as the file is to have them."""

    __slots__ = ()


class Raw(str):
    """A cell in the workbook's own XML, `{at}` for its place."""

    __slots__ = ()


def archive(parts: Mapping[str, bytes | str], stored: Sequence[str] = ()) -> bytes:
    """Return a ZIP file; the parts named are stored, the others deflated."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, part in parts.items():
            info = zipfile.ZipInfo(name, WRITTEN_AT)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(info, part)
    return content.getvalue()


def xlsx_parts(
    rows: Sequence[Sequence[Value]],
    *,
    sheets: Mapping[str, str] | None = None,
    before: str = "",
    after: str = "",
    hidden_rows: Sequence[int] = (),
    book: str = "",
) -> dict[str, bytes | str]:
    """Return the parts of an XLSX workbook; `sheets` goes from names to their states."""
    named = sheets or {"Sheet1": "visible"}
    data = "".join(
        f'<row r="{at}"{" hidden=" + quoteattr("1") if at in hidden_rows else ""}>'
        + "".join(_xlsx_cell(f"{chr(64 + place)}{at}", cell) for place, cell in enumerate(row, 1))
        + "</row>"
        for at, row in enumerate(rows, start=1)
    )
    sheet = f"<worksheet {MAIN}>{before}<sheetData>{data}</sheetData>{after}</worksheet>"
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" state="{state}" r:id="r{at}"/>'
        for at, (name, state) in enumerate(named.items(), start=1)
    )
    related = "".join(
        f'<Relationship Id="r{at}" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(named) + 1)
    )
    return {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATIONS}">{book}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{related}</Relationships>",
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{at}.xml": sheet for at in range(1, len(named) + 1)},
    }


def xlsx(rows: Sequence[Sequence[Value]], **wanted: object) -> bytes:
    """Return an XLSX workbook."""
    return archive(xlsx_parts(rows, **wanted))  # type: ignore[arg-type]


def _xlsx_cell(at: str, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.format(at=at)
    if isinstance(value, dt.date):
        serial = (value - dt.date(1899, 12, 30)).days
        return f'<c r="{at}" s="2"><v>{serial}</v></c>'
    if isinstance(value, Number):
        return f'<c r="{at}"><v>{value}</v></c>'
    return f'<c r="{at}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def ods_parts(
    rows: Sequence[Sequence[Value]], *, columns: str = "", styles: str = "", tables: str = ""
) -> dict[str, bytes | str]:
    """Return the parts of an ODS workbook with a sheet `Sheet1`; `tables` are further ones."""
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
        )
    )
    data = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
    )
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": f'<office:document-content {spaces} xmlns:calcext="urn:calcext">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        "<office:body><office:spreadsheet>"
        f'<table:table table:name="Sheet1">{columns}{data}</table:table>{tables}'
        "</office:spreadsheet></office:body></office:document-content>",
    }


def ods(rows: Sequence[Sequence[Value]], **wanted: str) -> bytes:
    """Return an ODS workbook."""
    return archive(ods_parts(rows, **wanted), stored=("mimetype",))


def _ods_cell(value: Value) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value}"'
    elif isinstance(value, Number):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    shown = escape(str(value))
    return f"<table:table-cell {kind}><text:p>{shown}</text:p></table:table-cell>"
