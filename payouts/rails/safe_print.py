"""The signer sheet on paper: a PDF, the same bytes for the same part and typesetter.

Law: no text of a batch is ever read as markup; the page gets it as data. Fonts are those that come
with the typesetter, so that no machine's own change the bytes.
"""

import json
from datetime import datetime

from payouts.rails.safe_sheet import COLUMNS, Sheet, facts_of, lines_of, totals_in

PAGE = b"""
#let sheet = json(bytes(sys.inputs.sheet))
#set document(title: sheet.title)
#set page(paper: "a4", flipped: true, margin: 10mm, footer: context align(right, text(7pt)[
  #sheet.title, page #counter(page).display() of #counter(page).final().first()
]))
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), size: 8pt, lang: "en")
#set table(stroke: 0.4pt + gray, inset: (x: 4pt, y: 2.4pt))
#let exact(value) = text(font: "DejaVu Sans Mono", size: 6.6pt, value)
#text(12pt, strong(sheet.title))
#grid(columns: (auto, auto), column-gutter: 8mm,
  table(columns: 2, ..sheet.facts.map(((name, value)) => (name, exact(value))).flatten()),
  table(columns: 2, align: (left, right), table.header([token], [total]),
    ..sheet.totals.map(((name, value)) => (name, exact(value))).flatten()),
)
#table(columns: (auto, 1fr, auto, auto, auto, auto), align: (right, left, left, right, left, left),
  table.header(..sheet.columns.map(strong)),
  ..sheet.lines.map(line => (
    line.at(0), line.at(1), exact(line.at(2)), exact(line.at(3)), line.at(4), exact(line.at(5)),
  )).flatten(),
)
"""


def pdf_of(sheet: Sheet, at: datetime) -> bytes:
    """Return the sheet as PDF, dated by when the batch was frozen."""
    import typst

    shown = {
        "title": f"Signer sheet: {sheet['batch']}, {sheet['part']}",
        "facts": facts_of(sheet),
        "totals": totals_in(sheet),
        "columns": COLUMNS,
        "lines": lines_of(sheet),
    }
    return typst.compile(
        PAGE,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(shown)},
        timestamp=at.replace(microsecond=0),
    )
