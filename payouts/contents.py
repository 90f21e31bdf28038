"""What a batch says, in full: the hash that checkers approve and what its rail is told.

Law: the content hash covers all that decides who gets what from where: payees, addresses, chain,
token and decimals, amounts, the obligations behind them, what is netted, what is converted and at
which prices, the nonce; on Solana who signs and the bytes that they sign, too; at a bank who holds
the account, where that is known. Both are made from the same rows, each time anew, so that rows
which were tampered with no longer hash to what was approved.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import bank
from ledger.bank_tables import BankAccount
from ledger.bank_tables import Token as RegisteredToken
from ledger.encoding import encode, time_text
from ledger.errors import UnknownReference
from ledger.money import plain
from ledger.months import month_of
from payouts import account_holders, batch_prices, durable_nonces, solana_sources
from payouts.conversion_tables import PayoutLineConversion
from payouts.converting import Converted, Priced, conversion_fields, price_fields
from payouts.ending_tables import PayoutLineOffset
from payouts.netting import offset_fields, offset_of
from payouts.rails.durable import Durable
from payouts.rails.instructions import Debtor, Instruction, Payment, Token
from payouts.tables import DestinationBank, PayoutBatch, PayoutLine, PayoutLineObligation

OfALine = TypeVar("OfALine", PayoutLineObligation, PayoutLineOffset)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A batch with everything that belongs to it, frozen or about to be."""

    batch: PayoutBatch
    source: BankAccount
    lines: Sequence[PayoutLine]
    obligations: Sequence[PayoutLineObligation]
    tokens: Mapping[str, Token]
    offsets: Sequence[PayoutLineOffset] = ()
    conversions: Mapping[int, PayoutLineConversion] = field(default_factory=dict)
    """What lines convert, by line."""
    prices: Sequence[Priced] = ()
    durable: Durable | None = None
    messages: Sequence[str] = ()
    """The hashes of what signers sign, where nonces are durable."""
    bank_codes: Mapping[str, str] = field(default_factory=dict)
    debtor: Debtor | None = None
    """Who holds the bank account that pays, as it was known when the batch was frozen."""

    @property
    def source_address(self) -> str:
        """Return what the rail pays from: a wallet's address, or a bank account."""
        return self.source.address or self.source.id

    def obligations_of(self, line: int) -> Sequence[PayoutLineObligation]:
        """Return the obligations that a line pays."""
        return self._obligations_by_line.get(line, ())

    def offsets_of(self, line: int) -> Sequence[PayoutLineOffset]:
        """Return what is taken off a line."""
        return self._offsets_by_line.get(line, ())

    def converted(self, line: int) -> Converted | None:
        """Return what a line pays in another commodity, if it does."""
        found = self.conversions.get(line)
        return Converted(commodity=found.commodity, owed=found.owed) if found else None

    def owed(self, line: PayoutLine) -> Converted:
        """Return what a line's obligations come to, offsets taken off, as it is owed."""
        unturned = Converted(commodity=line.commodity, owed=line.amount)
        return self.converted(line.line) or unturned

    @cached_property
    def _obligations_by_line(self) -> Mapping[int, Sequence[PayoutLineObligation]]:
        return _by_line(self.obligations)

    @cached_property
    def _offsets_by_line(self) -> Mapping[int, Sequence[PayoutLineOffset]]:
        return _by_line(self.offsets)

    def hash(self) -> str:
        """Return the SHA-256 (hex) of the contents, computed from the rows."""
        batch = self.batch
        nonce = None if batch.nonce is None else str(batch.nonce)
        fields: list[str | None] = [self._version(), batch.id, month_of(batch.period)]
        fields += [batch.maker, batch.plan_hash, batch.rail, batch.chain, batch.source_account]
        fields += [self.source_address, nonce, str(batch.checkers), time_text(batch.frozen_at)]
        fields.append(str(len(self.lines)))
        for line in self.lines:
            token = self.tokens.get(line.commodity)
            fields += [str(line.line), line.payee, line.payee_name, line.destination]
            fields += [line.address, line.commodity, plain(line.amount), line.reference]
            fields += (
                [str(token.chain_id), token.contract, str(token.decimals)]
                if token
                else [None, None, None]
            )
            # Sorted here and not by the database, which sorts text by the rules of a language.
            parts = sorted(
                (part.obligation, plain(part.amount)) for part in self.obligations_of(line.line)
            )
            fields.append(str(len(parts)))
            for obligation, amount in parts:
                fields += [obligation, amount]
            if self.offsets or self.conversions or self.debtor:
                fields += offset_fields([offset_of(it) for it in self.offsets_of(line.line)])
            if self.conversions:
                fields += conversion_fields(self.converted(line.line))
        if self.conversions:
            fields += price_fields(self.prices)
        if self.durable:
            fields += self._pinned(self.durable)
        if self.debtor:
            fields += [self.debtor.holder, self.debtor.bic]
        return sha256(encode(fields)).hexdigest()

    def _version(self) -> str:
        """Return the first field, which says what the others are."""
        if self.conversions:
            return "payout-batch-6" if self.debtor else "payout-batch-5"
        if self.debtor:
            return "payout-batch-4"
        if self.offsets:
            return "payout-batch-3"
        return "payout-batch-2" if self.durable else "payout-batch-1"

    def _pinned(self, durable: Durable) -> list[str | None]:
        fields: list[str | None] = [durable.kind, str(len(durable.signers)), *durable.signers]
        fields += [str(durable.threshold), durable.fee_payer, str(len(durable.slots))]
        for slot, message in zip(durable.slots, self.messages, strict=True):
            fields += [slot.account, slot.authority, slot.value, message]
        return fields

    def instruction(self) -> Instruction:
        """Return what the batch's rail is told to pay; the time is when the batch was frozen."""
        return Instruction(
            batch=self.batch.id,
            content_hash=self.batch.content_hash,
            rail=self.batch.rail,
            source=self.source_address,
            nonce=self.batch.nonce,
            payments=tuple(
                Payment(
                    line=line.line,
                    payee=line.payee,
                    payee_name=line.payee_name,
                    address=line.address,
                    commodity=line.commodity,
                    amount=line.amount,
                    token=self.tokens.get(line.commodity),
                    reference=line.reference,
                    bank_code=self.bank_codes.get(line.destination),
                )
                for line in self.lines
            ),
            created_at=self.batch.frozen_at,
            durable=self.durable,
            debtor=self.debtor,
        )


def _by_line(rows: Sequence[OfALine]) -> Mapping[int, Sequence[OfALine]]:
    """Return rows by their line: a batch of ten thousand lines is not searched for each."""
    found: dict[int, list[OfALine]] = defaultdict(list)
    for row in rows:
        found[row.line].append(row)
    return found


def batch_named(session: Session, identity: str) -> PayoutBatch:
    """Return a batch by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(PayoutBatch, identity)
    if found is None:
        raise UnknownReference("payout batch", identity, mend="See: feeshare payout show")
    return found


def contents_of(session: Session, identity: str) -> Contents:
    """Return a frozen batch with its lines and obligations, read anew.

    Raises:
        UnknownReference: there is none of this id.
    """
    batch = batch_named(session, identity)
    lines = session.scalars(
        select(PayoutLine).where(PayoutLine.batch == identity).order_by(PayoutLine.line)
    ).all()
    return Contents(
        batch=batch,
        source=bank.account_named(session, batch.source_account),
        lines=lines,
        obligations=session.scalars(
            select(PayoutLineObligation)
            .where(PayoutLineObligation.batch == identity)
            .order_by(PayoutLineObligation.line, PayoutLineObligation.obligation)
        ).all(),
        tokens=tokens_on(session, batch.chain),
        offsets=session.scalars(
            select(PayoutLineOffset)
            .where(PayoutLineOffset.batch == identity)
            .order_by(PayoutLineOffset.line, PayoutLineOffset.account, PayoutLineOffset.document)
        ).all(),
        conversions=batch_prices.conversions_of(session, identity),
        prices=batch_prices.prices_of(session, identity),
        durable=solana_sources.pinned_by(session, identity),
        messages=[it.message_hash for it in durable_nonces.slots_of(session, identity)],
        bank_codes=bank_codes(session, {line.destination for line in lines}),
        debtor=account_holders.debtor_of(session, batch.source_account, at=batch.change_no),
    )


def bank_codes(session: Session, destinations: Collection[str]) -> dict[str, str]:
    """Return the codes of the banks of destinations that have one."""
    rows = session.execute(
        select(DestinationBank.destination, DestinationBank.bank_code).where(
            DestinationBank.destination == func.any(list(destinations))
        )
    )
    return {row.destination: row.bank_code for row in rows}


def tokens_on(session: Session, chain: str | None) -> dict[str, Token]:
    """Return the tokens of a chain by commodity; none where a bank pays."""
    rows = session.scalars(select(RegisteredToken).where(RegisteredToken.chain == chain))
    return {
        row.commodity: Token(
            chain=row.chain,
            chain_id=row.chain_id,
            contract=row.contract or None,
            decimals=row.decimals,
            commodity=row.commodity,
        )
        for row in rows
    }
