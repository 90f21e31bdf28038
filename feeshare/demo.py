"""The demo: one month from an exchange's file to a settled payout, on a fixed clock.

It types the commands that a person would, each at its moment and as the person who runs it, into
books that it makes for itself. Two runs print and write the same bytes.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

import feeshare
from feeshare import keys
from feeshare.database import (
    embedded_url,
    make_engine,
    reading,
    service_url,
    throw_away_home,
)
from feeshare.settings import read_settings
from payouts.plans import plan
from payouts.tables import PayoutBatch

Read = TypeVar("Read")

OCTOBER = date(2023, 10, 1)

PEOPLE = {
    "treasurer": "treasurer",
    "controller": "approver",
    "approver-one": "approver",
    "approver-two": "approver",
}
"""Who acts in the demo, with their roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command: who types it, when (UTC), and a line of what it is for."""

    command: str
    actor: str = "treasurer"
    at: str
    about: str = ""


def examples() -> Path:
    """Return the folder of example files: beside the packages, or inside an installed one."""
    package = Path(feeshare.__file__).parent
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"


def demo_key(person: str, folder: Path) -> tuple[Path, str]:
    """Write a person's example key, the same in every run; return its file and public half."""
    path = folder / f"{person}.pem"
    return path, keys.write(path, sha256(f"feeshare demo key of {person}".encode()).digest())


@contextmanager
def stage(home: Path, output: Path) -> Iterator[Path]:
    """Set the scene: an empty output folder, a home of its own, keys; yield the keys' folder."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    before = dict(os.environ)
    folder = home / "keys"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith("FEESHARE_")]:
        del os.environ[name]
    os.environ["FEESHARE_HOME"] = str(home)
    try:
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)


def run(
    output: Path,
    keep: Path | None,
    type_command: Callable[[Step], None],
    announce: Callable[[str], None],
) -> None:
    """Run the month: chapters of commands, each typed by `type_command`.

    Args:
        output: where the reports go; what is there is removed first.
        keep: a home to keep the books in; without it they go when the process ends.
        type_command: runs one step and shows it.
        announce: prints a chapter's heading.
    """
    home = keep or throw_away_home()
    with stage(home, output) as folder:
        embedded_url(home, keep=keep is not None)
        for heading, steps in chapters(output, folder):
            announce(heading)
            for step in steps:
                os.environ["FEESHARE_CLOCK"] = step.at
                os.environ["FEESHARE_ACTOR"] = step.actor
                type_command(replace(step, command=copied(step)))


def copied(step: Step) -> str:
    """Return a step's command with the hashes filled in that a person copies from the screen."""
    command = step.command
    if "PLAN_HASH" in command:
        planned = _read(
            lambda session: plan(session, OCTOBER, on=date.fromisoformat(step.at[:10]))
        )
        command = command.replace("PLAN_HASH", planned.hash)
    if "CONTENT_HASHES" in command:
        hashes = _read(
            lambda session: session.scalars(
                select(PayoutBatch.content_hash).order_by(PayoutBatch.id)
            ).all()
        )
        command = command.replace("CONTENT_HASHES", " ".join(f"--hash {each}" for each in hashes))
    return command


def _read(what: Callable[[Session], Read]) -> Read:
    engine = make_engine(service_url(read_settings()))
    try:
        with reading(engine) as session:
            return what(session)
    finally:
        engine.dispose()


def chapters(output: Path, key_folder: Path) -> Iterator[tuple[str, list[Step]]]:
    """Yield the chapters of the month with their steps."""
    people = {person: demo_key(person, key_folder) for person in PEOPLE}
    yield "Opening the books", list(opening(people))
    yield "During October", list(during())
    yield "Month end: what the exchanges owe", list(month_end())
    yield "Paying", list(paying(output, people))
    yield "Closing and reporting", list(closing(output))


def opening(people: dict[str, tuple[Path, str]]) -> Iterator[Step]:
    """Yield the steps that make the books and load who is whom."""
    books = examples() / "books"
    at = "2023-10-02T09:00:00Z"
    yield Step(command="init", at=at, about="schema, chart of accounts, default policies")
    for person, role in PEOPLE.items():
        yield Step(command=f"user add {person} --role {role}", at=at)
    for person, (_, public) in people.items():
        enroller = "controller" if person == "treasurer" else "treasurer"
        confirmer = "approver-one" if person in ("treasurer", "controller") else "controller"
        yield Step(command=f"user key enrol {person} {public}", at=at, actor=enroller)
        yield Step(command=f"user key confirm {public}", at=at, actor=confirmer)
    for noun in ("exchange", "payee", "wallet", "agreement"):
        yield Step(command=f"{noun} load {books / PLURALS[noun]}", at=at)
    yield Step(
        command="wallet confirm --all",
        actor="controller",
        at=at,
        about="a second person stands for each account that payouts may leave from",
    )
    yield Step(command=f"entry post {books / 'opening.csv'}", at=at)
    yield Step(
        command=f"policy propose match-tolerance '{SHORT_PAYING}' --from 2023-10-01 "
        "--reason 'Gate.io pays in arrears and names the month'",
        at=at,
        about="what may be matched without a person although less came; two persons agree on it",
    )
    yield Step(command="policy confirm match-tolerance 2", actor="controller", at=at)
    yield Step(command=f"payee destination load {books / 'destinations.csv'}", at=at)
    yield Step(
        command="payee destination confirm --all",
        actor="controller",
        at=at,
        about="a second person confirms each address; it is on hold for 7 days",
    )


SHORT_PAYING = '{"gate-io": {"short-pay": {"fraction": "0.4"}}}'
PLURALS = {
    "exchange": "exchanges.csv",
    "payee": "payees.csv",
    "wallet": "wallets.csv",
    "agreement": "agreements.csv",
}


def during() -> Iterator[Step]:
    """Yield what happens in the month: bounties, a renewal, a proposal."""
    books = examples() / "books"
    yield Step(command=f"bounty load {books / 'bounties.csv'}", at="2023-10-03T09:00:00Z")
    yield Step(command=f"renewal load {books / 'renewals.csv'}", at="2023-10-03T09:10:00Z")
    yield Step(command=f"proposal load {books / 'proposals.csv'}", at="2023-10-11T09:00:00Z")
    mappings = examples() / "mappings"
    deposits = examples() / "2023-10" / "treasury" / "deposits-and-renewals-2023-10.csv"
    at = "2023-10-12T09:00:00Z"
    yield Step(command=f"import {deposits} --mappings {mappings}", at=at)
    yield Step(
        command="reconcile 2023-10",
        at=at,
        about="deposits are held as liabilities; the renewal is earned month by month",
    )
    for number, gate in enumerate(
        ("delivered", "approved", "qa-passed", "proposal-passed", "merged", "released"), start=13
    ):
        yield Step(
            command=f"bounty gate bounty-quillon {gate} --evidence example/{gate} "
            f"--on 2023-10-{number}",
            at=f"2023-10-{number}T10:00:00Z",
        )
    yield Step(
        command="bounty release bounty-quillon --on 2023-10-20",
        at="2023-10-20T09:00:00Z",
        about="80 % to the developer, 20 % to the Foundation, by the policy of that day",
    )
    yield Step(
        command="bounty refund bounty-refundia --on 2023-10-24 --reason 'no developer was found'",
        at="2023-10-24T09:00:00Z",
    )
    yield Step(
        command=f"proposal parts {books / 'parts.csv'}",
        at="2023-10-25T09:00:00Z",
        about="recipients under the proposal; the sum may not pass what it authorised",
    )


def month_end() -> Iterator[Step]:
    """Yield the maker's first commands: start, import, review, accept, accrue, reconcile."""
    month, mappings = examples() / "2023-10", examples() / "mappings"
    at = "2023-11-01T09:{:02d}:00Z".format
    yield Step(command=f"price load {examples() / 'books' / 'prices.csv'}", at=at(0))
    yield Step(command="month start 2023-10", at=at(1))
    yield Step(command=f"import {month} --mappings {mappings}", at=at(5))
    yield Step(command="review", at=at(10))
    yield Step(command="review accept --all", at=at(15))
    yield Step(command="accrue 2023-10", at=at(20))
    yield Step(command="reconcile 2023-10", at=at(25))
    yield Step(command="month waive 2023-10 --reason 'no revenue in the public record'", at=at(30))
    yield Step(command="month status 2023-10", at=at(35))


def paying(output: Path, people: dict[str, tuple[Path, str]]) -> Iterator[Step]:
    """Yield plan, submit, two approvals, export, what signers did, settle."""
    at = "2023-11-02T09:{:02d}:00Z".format
    yield Step(command="payout plan 2023-10", at=at(0))
    yield Step(
        command="payout submit 2023-10 --plan PLAN_HASH --nonce wallet-ethereum-treasury=41",
        at=at(5),
    )
    for minute, person in ((10, "approver-one"), (20, "approver-two")):
        yield Step(command="payout show 2023-10", actor=person, at=at(minute))
        yield Step(
            command=f"payout approve 2023-10 CONTENT_HASHES --key {people[person][0]}",
            actor=person,
            at=at(minute + 5),
        )
    yield Step(command=f"payout export 2023-10 --output {output / 'to-sign'}", at=at(40))
    payouts = examples() / "2023-10-payouts"
    yield Step(
        command=f"import {payouts} --mappings {examples() / 'mappings'}",
        at="2023-11-03T09:00:00Z",
        about="signed in the Safe and at the bank; the lines of wallet and bank say so",
    )
    yield Step(command="payout settle 2023-10", at="2023-11-03T09:05:00Z")


def closing(output: Path) -> Iterator[Step]:
    """Yield the close, the scheduled jobs, verification, and the books for hledger."""
    at = "2023-11-04T09:{:02d}:00Z".format
    yield Step(command="month close 2023-10", at=at(0))
    yield Step(command=f"worker --once --output {output}", at=at(5))
    yield Step(command="audit verify", actor="controller", at=at(10))
    yield Step(command="report trial-balance --period 2023-10", actor="controller", at=at(15))
    yield Step(command=f"export hledger --output {output / 'books.journal'}", at=at(20))
