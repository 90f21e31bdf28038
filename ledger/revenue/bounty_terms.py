"""What is signed for a bounty: how it is funded and divided, and in which stages it is released.

Law: terms are agreed again by a newer version, never edited; stages are named once, before
anything of them is released. An escrow needs the signed document and both signatories.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import evidence, policies
from ledger.errors import BadInput, NeedsReview, Problem, ReferenceReused
from ledger.money import parse_plain, plain, total
from ledger.revenue.bounties import DIVISIONS
from ledger.revenue.bounty_standing import DIRECT, require_move, terms_of
from ledger.revenue.bounty_states import Gate, Move
from ledger.revenue.bounty_tables import Bounty, BountyStage, BountyStageRelease, BountyTerms
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence, require_payable

PRICED_IN = "USD"
"""The currency of the policy `bounty-price`; a stablecoin counts as much."""

STAGE = re.compile(r"([^:]+):([0-9.]+):([a-z,-]*)(?::([0-9]{1,3}))?")
"""A stage as a person writes it."""

ARRANGEMENTS = ("deposit", "escrow", DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What two sides agreed: when, how the money comes, and a division of its own if any.

    `shares` are the developer's, the Foundation's and the reviewer's; `content` is the signed
    document itself. `why` says why the amount is none of the price list's.
    """

    on: date
    document: str
    arrangement: str = "deposit"
    content: tuple[str, bytes] | None = None
    by_funder: str = ""
    by_us: str = ""
    upfront: Decimal = Decimal(1)
    shares: tuple[Decimal, Decimal, Decimal] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of a bounty that is released by itself."""

    title: str
    amount: Decimal
    gates: tuple[Gate, ...]
    wait_days: int = 0


def sign(change: Change, bounty: Bounty, signed: Signed) -> tuple[BountyTerms, bool]:
    """Record what was signed for a bounty; say whether it is new.

    Raises:
        BadInput: the arrangement, the shares or the part up front cannot be, or an escrow lacks
            its document or a signatory; all are listed.
        NeedsReview: the amount is none of the price list of that day, and nobody says why.
        BountyEnded: it was released or refunded.
        MoveRefused: it was cancelled or paid directly.
    """
    session = change.session
    _require_whole(bounty, signed)
    if not signed.why:
        _require_price(session, bounty, signed.on)
    before = terms_of(session, bounty)
    kept = evidence.keep(change, signed.content[1], signed.content[0]) if signed.content else None
    shares = signed.shares or (None, None, None)
    wanted = BountyTerms(
        bounty=bounty.id,
        number=1 + (before.number if before else 0),
        signed_on=signed.on,
        arrangement=signed.arrangement,
        document="; ".join(filter(None, (signed.document, signed.why))),
        document_sha256=kept,
        signed_by_funder=signed.by_funder,
        signed_by_us=signed.by_us,
        upfront=signed.upfront,
        developer_share=shares[0],
        foundation_share=shares[1],
        reviewer_share=shares[2],
    )
    if before is not None and _is_same(before, wanted):
        return before, False
    require_move(session, bounty, Move.SIGN)
    change.add(wanted)
    return wanted, True


def stages_of(session: Session, bounty: Bounty) -> Sequence[BountyStage]:
    """Return the stages of a bounty in order; none if it is released whole."""
    return session.scalars(
        select(BountyStage).where(BountyStage.bounty == bounty.id).order_by(BountyStage.stage)
    ).all()


def releases_of(
    session: Session, bounty: Bounty, *, until: date | None = None
) -> dict[int, BountyStageRelease]:
    """Return the stages of a bounty that were released, by number, until a day."""
    rows = session.scalars(
        select(BountyStageRelease)
        .where(BountyStageRelease.bounty == bounty.id)
        .where(*([] if until is None else [BountyStageRelease.on <= until]))
    )
    return {row.stage: row for row in rows}


def stage(change: Change, bounty: Bounty, stages: Sequence[Stage]) -> bool:
    """Name the stages in which a bounty is released; say whether that is new.

    Raises:
        BadInput: there are not two or more, an amount cannot be paid, or they do not sum to the
            bounty's amount.
        ReferenceReused: other stages are named already.
        BountyEnded: it was released or refunded.
        MoveRefused: it was cancelled or paid directly.
    """
    session = change.session
    place = f"stages of bounty {bounty.id}"
    for each in stages:
        require_payable(session, each.amount, bounty.commodity, place)
    whole = total(each.amount for each in stages)
    if len(stages) == 1 or whole != bounty.amount or not all(each.title for each in stages):
        raise bad_input(
            code="stages_invalid",
            place=place,
            value=f"{len(stages)} of {plain(whole)}",
            expected="two or more, each with a title, that sum to "
            f"{plain(bounty.amount)} {bounty.commodity}",
        )
    rows = [
        BountyStage(
            bounty=bounty.id,
            stage=number,
            title=each.title,
            amount=each.amount,
            gates=" ".join(gate.value for gate in Gate if gate in each.gates),
            wait_days=each.wait_days,
        )
        for number, each in enumerate(stages, 1)
    ]
    known = stages_of(session, bounty)
    if known:
        if [_told(row) for row in known] != [_told(row) for row in rows]:
            raise ReferenceReused("Stages", bounty.id, "; ".join(_told(row) for row in known))
        return False
    require_move(session, bounty, Move.SIGN)
    change.add(*rows)
    return True


def stage_told(text: str) -> Stage:
    """Return the stage that a text tells, such as `prototype:4000:delivered,approved`.

    A wait after the official release follows: `tail:1000:released:90`.

    Raises:
        BadInput: it tells none.
    """
    found = STAGE.fullmatch(text)
    try:
        title, amount, gates, wait = found.groups() if found else ("", "", "", "")
        named = tuple(Gate(gate) for gate in gates.split(",") if gate)
        return Stage(
            title=title, amount=parse_plain(amount), gates=named, wait_days=int(wait or 0)
        )
    except ValueError:
        raise bad_input(
            code="stages_invalid",
            place="stage",
            value=text,
            expected="TITLE:AMOUNT:GATES[:DAYS], such as prototype:4000:delivered,approved",
        ) from None


def _told(row: BountyStage) -> str:
    wait = f" {row.wait_days} days later" if row.wait_days else ""
    return f"{row.stage} {row.title}: {plain(row.amount)} after {row.gates or 'nothing'}{wait}"


def _require_whole(bounty: Bounty, signed: Signed) -> None:
    is_escrow = signed.arrangement == "escrow"
    shares = signed.shares
    wrong = [
        (signed.arrangement not in ARRANGEMENTS, "arrangement", f"one of {ARRANGEMENTS}"),
        (is_escrow and signed.content is None, "document", "the signed document as a file"),
        (is_escrow and not signed.by_funder, "funder's signatory", "who signed for the funder"),
        (is_escrow and not signed.by_us, "our signatory", "who signed for the Foundation"),
        (not 0 < signed.upfront <= 1, "part up front", "a fraction above 0, at most 1"),
        (
            shares is not None and (min(shares) < 0 or total(shares) != 1),
            "shares",
            "developer, Foundation and reviewer as fractions that sum to 1",
        ),
    ]
    problems = [
        Problem(code="bounty_terms_invalid", place=f"terms of bounty {bounty.id}", column=what,
                expected=expected)
        for is_wrong, what, expected in wrong
        if is_wrong
    ]  # fmt: skip
    if problems:
        raise BadInput(problems)
    require_evidence(signed.document, f"terms of bounty {bounty.id}")


def _require_price(session: Session, bounty: Bounty, on: date) -> None:
    """Refuse an exchange's bounty in dollars that the price list of the day does not know."""
    if bounty.exchange is None or DIVISIONS[bounty.commodity] != DIVISIONS[PRICED_IN]:
        return
    version = policies.version_in_force(session, "bounty-price", on)
    if version is None:
        return
    price = policies.in_force(session, "bounty-price", on)
    low, high = Decimal(price["low"]), Decimal(price["high"])
    if not low <= bounty.amount <= high:
        listed = plain(low) if low == high else f"from {plain(low)} to {plain(high)}"
        raise NeedsReview(
            f"Bounty {bounty.id!r} is {plain(bounty.amount)} {bounty.commodity}; the price list"
            f" of {on} says {listed} {PRICED_IN}.",
            mend="Say why it is another amount: --reason …",
        )


def _is_same(one: BountyTerms, other: BountyTerms) -> bool:
    names = [name for name in BountyTerms.__table__.columns.keys() if name != "change_no"]  # noqa: SIM118
    return all(getattr(one, n) == getattr(other, n) for n in names if n != "number")
