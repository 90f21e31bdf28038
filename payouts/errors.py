"""Refusals of payouts; each says what stands against paying and what to do next.

Conflict     PlanChanged, BatchChanged, BatchState, ApprovalsMissing, SlotTaken, NoncesTooFew,
             PayoutBlocked, SignersChanged, ProofMissing, RecipientContract, AddressFrozen
NeedsReview  NothingToPay, SlotStillLive
Denied       SelfApproval, SignatureInvalid
"""

from collections.abc import Sequence

from ledger.errors import Conflict, Denied, NeedsReview


class PlanChanged(Conflict):
    """The plan recomputed is not the one whose hash was given."""

    code = "plan_changed"

    def __init__(self, given: str, now: str) -> None:
        self.given = given
        self.now = now
        super().__init__(
            f"The plan {given[:12]}… is not what would be paid now: that is {now[:12]}….",
            mend="Look at the plan again (feeshare payout plan) and submit the hash it prints.",
        )


class BatchChanged(Conflict):
    """A hash that is not the batch's, or rows that no longer hash to it."""

    code = "batch_changed"

    def __init__(self, batch: str, given: str, expected: str) -> None:
        self.batch = batch
        self.given = given
        self.expected = expected
        super().__init__(
            f"Batch {batch} has the content hash {expected}, not {given}.",
            mend="Look at the batch again (feeshare payout show) before anything is signed.",
        )


class BatchState(Conflict):
    """An action that the batch's state does not allow."""

    code = "batch_state"

    def __init__(self, batch: str, state: str, action: str) -> None:
        self.batch = batch
        self.state = state
        self.action = action
        super().__init__(
            f"Batch {batch} is {state}: it cannot {action} now.",
            mend=f"Look at it: feeshare payout show {batch}",
        )


class ApprovalsMissing(Conflict):
    """Fewer valid approvals than the batch's total asks for."""

    code = "approvals_missing"

    def __init__(self, batch: str, have: int, need: int) -> None:
        self.batch = batch
        self.have = have
        self.need = need
        super().__init__(
            f"Batch {batch} has {have} valid approvals of the {need} that it needs.",
            mend=f"Ask another checker: feeshare payout approve {batch}",
        )


class SlotTaken(Conflict):
    """A nonce that another live batch is pinned to."""

    code = "slot_taken"

    def __init__(self, source_account: str, nonce: int, batch: str) -> None:
        self.source_account = source_account
        self.nonce = nonce
        self.batch = batch
        super().__init__(
            f"Nonce {nonce} of {source_account} is pinned to batch {batch}.",
            mend="Pin the next free nonce, or cancel that batch first.",
        )


class NoncesTooFew(Conflict):
    """Fewer nonce accounts that no live batch is pinned to than the batch has parts."""

    code = "nonces_too_few"

    def __init__(self, source_account: str, have: int, need: int) -> None:
        self.have = have
        self.need = need
        super().__init__(
            f"{source_account} has {have} free nonce accounts, and the batch has {need} parts: "
            f"{need - have} are missing.",
            mend="Make nonce accounts on chain whose authority signs for the wallet, then: "
            "feeshare payout nonce-account add ACCOUNT --wallet WALLET --authority SIGNER; "
            "another person confirms them.",
        )


class PayoutBlocked(Conflict):
    """Lines that may no longer be paid as they were frozen; carries every reason."""

    code = "payout_blocked"
    remedy = (
        "Cancel the batch if it is frozen, and plan again; over a limit pay less, or let two "
        "persons set another (feeshare policy propose)."
    )

    def __init__(self, batch: str, reasons: Sequence[str]) -> None:
        self.batch = batch
        self.reasons = tuple(reasons)
        super().__init__(
            f"Batch {batch} may not be paid as it stands:\n" + "\n".join(reasons),
            mend=self.remedy,
        )


class SignersChanged(PayoutBlocked):
    """Others can sign for a wallet on chain than when its batch was frozen and approved."""

    code = "signers_changed"
    remedy = (
        "Find out who changed them. If it is right: cancel the batch, let two persons say who "
        "signs (on Solana feeshare payout solana-source), submit and have it approved again."
    )


class ProofMissing(Conflict):
    """A destination that no key signed for, and nobody else vouches for."""

    code = "address_unproved"

    def __init__(self, destination: str, payee: str) -> None:
        super().__init__(
            f"{payee} did not sign for {destination}, and nobody else vouches for it.",
            mend="The payee signs (feeshare payee destination challenge ID, then prove ID), or a "
            "further person vouches: feeshare --as NAME payee destination vouch ID --reason …",
        )


class RecipientContract(Conflict):
    """A contract where a payee is to be paid, or nothing here and a contract elsewhere."""

    code = "recipient_contract"

    def __init__(self, destination: str, payee: str, address: str, detail: str) -> None:
        super().__init__(
            f"{destination}: {address} is {detail}.",
            mend="Ask the payee for an account or a Safe on this chain. If it is right, two "
            f"persons say so: feeshare payee destination override {payee} {address} --reason …",
        )


class AddressFrozen(Conflict):
    """A destination whose address is frozen."""

    code = "address_risk"

    def __init__(self, destination: str, address: str) -> None:
        super().__init__(
            f"{destination}: {address} is frozen.",
            mend="Ask the payee for another address; or two persons lift it: "
            "feeshare payee destination lift ID --reason …",
        )


class NothingToPay(NeedsReview):
    """A plan without a line; what is held says why."""

    code = "plan_empty"

    def __init__(self, held: int) -> None:
        self.held = held
        super().__init__(
            f"The plan has no line to pay; {held} are held.",
            mend="See why: feeshare payout plan",
        )


class SlotStillLive(NeedsReview):
    """An exported batch: whoever holds its files can still make it run."""

    code = "slot_live"

    def __init__(self, batch: str) -> None:
        self.batch = batch
        super().__init__(
            f"Batch {batch} was exported and can still be executed; its claims stay.",
            mend="Show another transaction final on its nonce, or the bank's rejection, first.",
        )


class SelfApproval(Denied):
    """An approval by somebody who has a part in the batch."""

    code = "self_approval"

    def __init__(self, actor: str, batch: str, why: str) -> None:
        self.actor = actor
        self.batch = batch
        super().__init__(
            f"{actor} {why} and does not approve batch {batch}.", mend="Ask another checker."
        )


class SignatureInvalid(Denied):
    """A signature that none of the approver's confirmed keys made over this batch."""

    code = "signature_invalid"

    def __init__(self, approver: str, batch: str) -> None:
        self.approver = approver
        self.batch = batch
        super().__init__(
            f"No confirmed key of {approver} made this signature over batch {batch}.",
            mend="Sign the batch's content hash again; see your keys: feeshare user list",
        )
