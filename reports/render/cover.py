"""The cover of a workbook: what was asked for, how far the books were read, what it sums to.

Law: whoever holds only this page knows which report it is, of which books, and whether it ties
out. Nothing on it is cut or covered: a note takes as many lines as it needs.
"""

from datetime import datetime
from decimal import Decimal

from ledger.money import grouped, plain
from reports.render.metadata import control_totals
from reports.render.sheet import Look, Sheet
from reports.report import Report

SIGN_HEIGHT = 28
LEGEND = (
    "Times are in UTC. A blank cell is unknown, not zero. Totals follow the filters. Where a"
    " number would lose digits, the column that ends in _exact holds it whole, as text."
)

BOLD: Look = {"bold": True}
LEFT: Look = {"align": "left"}
SIGN_HERE: Look = {"bottom": 1}


def fill_cover(sheet: Sheet, report: Report) -> None:
    """Fill the cover: what was asked for, how far the books were read, what it sums to."""
    untied = [tie_out for tie_out in report.tie_outs if tie_out.difference]
    tied = f"{len(report.tie_outs) - len(untied)} of {len(report.tie_outs)} tie"
    lines: list[tuple[str, str | int | datetime]] = [
        ("Report", report.name),
        *((f"Scope: {name}", value) for name, value in report.filters),
        ("Books up to change", report.head_number),
        ("Hash of that change", report.head_hash),
        *((name.replace("_", " ").capitalize(), value) for name, value in report.facts),
        ("Made at", report.made_at),
        ("Rows", len(report.rows)),
        ("Sorted by", ", ".join(report.sorted_by)),
        *(
            (f"Total {name}", f"{grouped(total, 2)} {commodity}".strip())
            for name, sums in control_totals(report).items()
            for commodity, total in sums.items()
        ),
        ("Tie-outs", tied if report.tie_outs else "none"),
        *(("Does not tie", f"{of.check}: {plain(of.difference)} {of.commodity}") for of in untied),
        *(("Note", note) for note in (*report.notes, LEGEND)),
        ("Prepared by", ""),
        ("Approved by", ""),
    ]
    sheet.page.write_string(0, 0, report.title, sheet.look(bold=True, font_size=16))
    for row, (label, value) in enumerate(lines, start=2):
        sheet.text(row, 0, label, BOLD)
        if isinstance(value, datetime):
            sheet.moment(row, 1, value, LEFT)
        elif isinstance(value, int):
            sheet.number(row, 1, Decimal(value), LEFT, decimals=0, is_grouped=False)
        elif value:
            sheet.text(row, 1, value)
        else:
            sheet.page.set_row(row, SIGN_HEIGHT)
            sheet.page.write_blank(row, 1, None, sheet.look(**SIGN_HERE))
    for row, (_, value) in enumerate(lines, start=2):
        if isinstance(value, str):
            sheet.heighten(row, 1, value)
