"""Signer sheets and the airdrop file: what people read, print and load besides the batch file."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

from pypdf import PdfReader

from payouts.rails.instructions import ExportedFile, Instruction, grouped
from payouts.rails.safe import SafeRail
from payouts.rails.safe_airdrop import ROWS_MAX
from payouts.rails.safe_tx import PART_LINES_MAX
from support.payouts import (
    ALICE,
    BOB,
    CAROL,
    HBOT_CONTRACT,
    THREE,
    USDC,
    exported,
    instruction,
    payment,
)

NASTY = ("<script>alert(1)</script>", '=HYPERLINK("http://x","y")', "#strike[$x$] \\ *b* `c` @d")


def named(batch: Instruction, ending: str) -> ExportedFile:
    [found] = [file for file in SafeRail().export(batch) if file.name.endswith(ending)]
    return found


class Text(HTMLParser):
    """Collects the text and the tags of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the library's
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def payees(count: int) -> Instruction:
    return instruction(
        *(
            replace(
                payment(line, ALICE, USDC, "123456.789012"),
                payee_name=f"Made Up Connector Maintainers number {line} of Somewhere",
            )
            for line in range(1, count + 1)
        )
    )


def pdf(batch: Instruction) -> PdfReader:
    [printed] = SafeRail().printed(batch)
    return PdfReader(io.BytesIO(printed.content))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_html_and_pdf_show_every_fact_that_is_signed() -> None:
    [(_, sheet)] = exported(THREE)
    page = squeezed("".join(Text(named(THREE, "sheet.html").content).cells))
    paper = squeezed("".join(each.extract_text() for each in pdf(THREE).pages))
    facts = ["batch", "contentHash", "nonce", "domainHash", "messageHash", "safeTxHash", "safe"]
    for said in [sheet[name] for name in facts] + [ALICE, BOB, CAROL, HBOT_CONTRACT]:
        assert squeezed(said) in page
        assert squeezed(said) in paper
    for said in ("chain id 1", "412.5USDC", "1234567.000000000000000001HBOT", "0.25ETH"):
        assert squeezed(said) in page
        assert squeezed(said) in paper
    cells = Text(named(THREE, "sheet.html").content).cells
    assert grouped(ALICE) in cells
    assert cells.count("native coin") == 1


def test_a_payees_name_is_text_whatever_it_holds() -> None:
    lines = [
        replace(payment(number, ALICE, USDC, "1"), payee_name=name)
        for number, name in enumerate(NASTY, start=1)
    ]
    page = Text(named(instruction(*lines), "sheet.html").content)
    assert "script" not in page.tags
    paper = squeezed("".join(each.extract_text() for each in pdf(instruction(*lines)).pages))
    for number, name in enumerate(NASTY, start=1):
        assert f"{name} (maintainer-{number})" in page.cells
        assert squeezed(name) in paper
    airdrop = named(instruction(*lines), "airdrop.csv").content.decode()
    assert "script" not in airdrop
    assert "HYPERLINK" not in airdrop


def test_a_sheet_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    page = named(THREE, "sheet.html").content.decode()
    assert "default-src 'none'" in page
    assert not Text(page.encode()).tags & {"script", "link", "img", "iframe"}
    assert "http:" not in page
    assert "https:" not in page


def test_the_sheet_of_forty_payees_fits_two_pages() -> None:
    assert len(pdf(payees(40)).pages) <= 2


def test_the_same_batch_prints_the_same_bytes() -> None:
    assert SafeRail().printed(THREE) == SafeRail().printed(THREE)
    [file] = SafeRail().printed(THREE)
    assert file.name == "2026-08-1-part-1-of-1-nonce-7-signer-sheet.pdf"
    assert SafeRail().printed(replace(THREE, nonce=8))[0].content != file.content


def test_the_airdrop_file_has_a_row_a_line_and_no_newline_at_its_end() -> None:
    usdc, coin, hbot = (each.token for each in THREE.payments)
    assert usdc and coin and hbot  # noqa: PT018 - they tell mypy the same
    assert named(THREE, "airdrop.csv").content.decode().split("\n") == [
        "token_type,token_address,receiver,amount,id",
        f"erc20,{usdc.contract},{ALICE},412.5,",
        f"native,,{BOB},0.25,",
        f"erc20,{hbot.contract},{CAROL},1234567.000000000000000001,",
    ]
    assert PART_LINES_MAX < ROWS_MAX
