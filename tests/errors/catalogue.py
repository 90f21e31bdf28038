"""Bad input, numbered: how to meet each error by typing, and what has no place here."""

from errors.on_destinations import ON_DESTINATIONS
from errors.on_solana import ON_SOLANA
from errors.on_statements import ON_STATEMENTS
from errors.on_the_business import ON_THE_BUSINESS
from errors.on_upkeep import ON_UPKEEP
from errors.on_wires import ON_WIRES

REPRODUCTIONS = (
    *ON_STATEMENTS,
    *ON_THE_BUSINESS,
    *ON_DESTINATIONS,
    *ON_SOLANA,
    *ON_WIRES,
    *ON_UPKEEP,
)

NUMBERS = tuple(range(1, 89))

NOT_HERE = {
    70: "a distribution of a proposal: see test_proposal_votes and test_proposal_pools",
    71: "a payout is none of them: see test_bad_payouts",
    85: "evidence of a payment: see test_bad_payouts",
    86: "a batch that cannot be executed: see test_bad_payouts and test_safe_preflight",
    87: "an approval of something else: see test_bad_payouts",
}
