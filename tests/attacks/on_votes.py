"""Attacks on governance: votes that did not pass, lists passed by, purchases of nobody."""

from attacks.steps import PROOF, Attacks

SEPTEMBER = "'2023-09-01T00:00Z', '2023-09-08T00:00Z'"


def vote(
    proposal: str = "hbot.eth/0x9",
    number: int = 1,
    state: str = "closed",
    *,
    supply: str = "100, NULL, 's'",
    asked: str = "5, 'USDT'",
) -> str:
    """Return what tells a vote on an HGP, of which a tenth of the supply has to vote."""
    space, _, key = proposal.partition("/")
    return (
        f"INSERT INTO votes VALUES ('{proposal}', {number}, '{space}', '{key}', '', '', 'HGP', "
        f"'basic', '{state}', NULL, {SEPTEMBER}, '', {supply}, {asked}, '', '', '{PROOF}', {{n}})"
    )


def choice(score: str, side: str = "for", place: int = 1) -> str:
    return (
        f"INSERT INTO vote_choices VALUES ('hbot.eth/0x9', 1, {place}, 'c', '{side}', {score}, "
        "{n})"
    )


def authorised(amount: str = "5") -> str:
    return (
        "INSERT INTO proposals VALUES ('hbot.eth/0x9', 'hbot.eth', '0x9', '', '', '2023-09-08', "
        f"'USDT', {amount}, '', {{n}})"
    )


def part(payee: str = "payee", amount: str = "1") -> str:
    return (
        f"INSERT INTO distribution_parts VALUES ('part-2', 'hbot/0x1', '{payee}', 't', {amount}, "
        "'2023-10-05', 11, {n})"
    )


def recipient(payee: str, amount: str) -> str:
    return f"INSERT INTO proposal_recipients VALUES ('hbot/0x1', '{payee}', {amount}, '', {{n}})"


def mandate(proposal: str = "hbot/0x1", fraction: str = "0.5") -> str:
    return (
        f"INSERT INTO purchase_mandates VALUES ('{proposal}', 'payee', {fraction}, 'USDC', 'HBOT',"
        " '2023-01-01', NULL, '', {n})"
    )


ON_VOTES: Attacks = {
    "an authorisation by a vote that is open": (
        [vote(state="active"), choice("100"), authorised()],
        "FS221 vote: hbot.eth/0x9 is active",
    ),
    "an authorisation by a vote that missed its quorum": (
        [vote(), choice("9.999999999999999999"), authorised()],
        "FS221 vote: hbot.eth/0x9 is quorum_missed",
    ),
    "an authorisation by a vote that half were against": (
        [vote(), choice("10"), choice("10", "against", 2), authorised()],
        "FS221 vote: hbot.eth/0x9 is not_approved",
    ),
    "an authorisation of more than its vote was on": (
        [vote(), choice("10"), authorised("5.5")],
        "FS221 vote: hbot.eth/0x9 asked for 5 USDT",
    ),
    "a part under a proposal that was cancelled": (
        [vote("hbot/0x1", state="cancelled"), part()],
        "FS221 vote: hbot/0x1 is cancelled",
    ),
    "a part under a vote in a space of anybody": (
        [vote("hbot/0x1"), part()],
        "FS221 vote: hbot/0x1 is other_space",
    ),
    "a vote opened again": (
        [vote(), vote(number=2, state="active")],
        "FS221 vote: observation 2 of hbot.eth/0x9 is active",
    ),
    "a vote whose first observation is left out": (
        [vote(number=2)],
        "FS221 vote: observation 2 of",
    ),
    "a choice of a vote that nobody saw": ([choice("1")], "FS221 vote: choice 1 of hbot.eth/0x9"),
    "votes against nothing": ([vote(), choice("-1")], "23514 vote_choices_score_check"),
    "a supply by nobody's word": ([vote(supply="100, NULL, ''")], "23514 votes_supply_check"),
    "a part for who is not in the list": (
        [recipient("alice", "1"), part()],
        "FS222 recipient: payee gets more of hbot/0x1",
    ),
    "a part beyond the list": (
        [recipient("payee", "1.5"), part()],
        "FS222 recipient: payee gets more of hbot/0x1",
    ),
    "a list below what is fixed": (
        [recipient("payee", "0.5")],
        "FS222 recipient: payee has more of hbot/0x1",
    ),
    "a list beyond its proposal": (
        [recipient("payee", "3"), recipient("alice", "2.5")],
        "FS040 authorisation_exceeded: .* recipients",
    ),
    "a purchase that no proposal allows": (
        [mandate("hbot.eth/0x9")],
        "FS223 purchase: no proposal is hbot.eth/0x9",
    ),
    "a purchase allowed by a vote that did not pass": (
        [vote(), mandate("hbot.eth/0x9")],
        "FS221 vote: hbot.eth/0x9 is quorum_missed",
    ),
    "more than a whole fee share to be spent": (
        [mandate(fraction="1.5")],
        "23514 purchase_mandates_fraction_check",
    ),
    "a purchase of no conversion": (
        [mandate(), "INSERT INTO purchases VALUES ('c', 'hbot/0x1', 'payee', {n})"],
        "23503 purchases_conversion_fkey",
    ),
}
