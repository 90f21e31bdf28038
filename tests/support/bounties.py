"""Bounties for tests: an exchange, those who work, money that came in, and commands on a day."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from ledger import bank, evidence, parties
from ledger.accounts import Chart
from ledger.balances import account_balance, document_balance
from ledger.bank import BankMovement
from ledger.revenue import bounties
from ledger.revenue.bounty_states import Gate
from ledger.revenue.bounty_tables import Bounty
from ledger.revenue.bounty_terms import Signed, sign
from ledger.sealing import Change
from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import WALLET

HEADER = "id,title,exchange,commodity,amount,developer,funders,source"
EVERY_GATE = tuple(gate.value for gate in Gate)


class Treasury:
    """A treasurer at the command line, on the day that `on` says."""

    def __init__(self, books: Books, folder: Path, on: date) -> None:
        self.books, self.folder, self.on = books, folder, on

    def types(self, *words: str, status: int = 0, actor: str = "treasurer") -> Answer:
        """Run a command that has to end with a status."""
        answer = feeshare(self.books, *words, actor=actor, at=f"{self.on}T09:00:00Z")
        assert answer.status == status, answer
        return answer

    def refused(self, *words: str, status: int) -> str:
        """Run a command that has to refuse, and write nothing; return what it says."""
        digest = self.books.digest()
        said = self.types(*words, status=status).err
        assert self.books.digest() == digest
        return said

    def loads(self, *rows: str) -> None:
        """Load bounties from a file of these rows."""
        path = self.folder / "bounties.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        self.types("bounty", "load", str(path))

    def passes(self, bounty: str, *gates: str) -> Answer:
        """Pass gates, each with its evidence; return what the last command said."""
        said = None
        for gate in gates or EVERY_GATE:
            said = self.types("bounty", "gate", bounty, gate, "--evidence", f"link to {gate}")
        assert said is not None
        return said

    def receives(self, name: str, amount: str, commodity: str = "USDC") -> str:
        """Let money come into the treasury's wallet; return its line."""
        with self.books.write() as change:
            kept = evidence.keep(change, name.encode(), "wallet.csv")
            movement = BankMovement(
                bank_account=WALLET,
                external_id=name,
                on=self.on,
                commodity=commodity,
                amount=Decimal(amount),
                counterparty="",
                memo="",
                row=1,
            )
            bank.record(change, movement, kept)
        return f"{WALLET}/{name}"

    def held(self, bounty: str, commodity: str = "USDC") -> Decimal:
        """Return what the accounts hold for a bounty."""
        with self.books.read() as session:
            return -document_balance(session, Chart.BOUNTY_DEPOSITS, bounty, commodity)

    def balance(self, account: str, commodity: str = "USDC") -> Decimal:
        """Return what an account holds, a debit positive."""
        with self.books.read() as session:
            return account_balance(session, account, commodity)

    def state(self, bounty: str) -> str:
        """Return where a bounty stands."""
        shown = self.types("bounty", "show", bounty, "--csv").out.splitlines()
        return next(line.split(",")[2] for line in shown if line.startswith("state,"))


def add_bounty(change: Change, identity: str) -> Bounty:
    """Add Quillon's bounty of 10000 USDC that Ada develops, and that Quillon pays itself."""
    parties.add(change, name="Quillon", kind="exchange")
    parties.add(change, name="Ada", kind="payee")
    made, _ = bounties.add(
        change,
        identity=identity,
        title="A connector",
        exchange="Quillon",
        commodity="USDC",
        amount=Decimal(10000),
        developer="Ada",
    )
    terms = Signed(on=change.at.date(), document="agreement", arrangement="direct", why="a test")
    sign(change, made, terms)
    return made
