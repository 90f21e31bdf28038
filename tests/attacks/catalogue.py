"""Every attack by the service's role, by name."""

from attacks.on_bounties import ON_BOUNTIES
from attacks.on_chains import ON_CHAINS
from attacks.on_changes import ON_CHANGES
from attacks.on_conversions import ON_CONVERSIONS
from attacks.on_durable_ends import ON_DURABLE_ENDS
from attacks.on_durable_nonces import ON_DURABLE_NONCES
from attacks.on_endings import ON_ENDINGS
from attacks.on_entries import ON_ENTRIES
from attacks.on_history import ON_HISTORY
from attacks.on_matches import ON_MATCHES
from attacks.on_payees import ON_PAYEES
from attacks.on_payouts import ON_PAYOUTS
from attacks.on_proofs import ON_PROOFS
from attacks.on_reversals import ON_REVERSALS
from attacks.on_rows import ON_ROWS
from attacks.on_statements import ON_STATEMENTS
from attacks.on_the_schema import ON_THE_SCHEMA
from attacks.on_two_persons import ON_TWO_PERSONS
from attacks.on_upkeep import ON_UPKEEP
from attacks.on_votes import ON_VOTES
from attacks.steps import Attacks

GROUPS = (
    ON_CHANGES,
    ON_ENTRIES,
    ON_REVERSALS,
    ON_ROWS,
    ON_STATEMENTS,
    ON_MATCHES,
    ON_PAYOUTS,
    ON_ENDINGS,
    ON_DURABLE_NONCES,
    ON_DURABLE_ENDS,
    ON_TWO_PERSONS,
    ON_PAYEES,
    ON_BOUNTIES,
    ON_VOTES,
    ON_HISTORY,
    ON_UPKEEP,
    ON_PROOFS,
    ON_CONVERSIONS,
    ON_CHAINS,
    ON_THE_SCHEMA,
)
"""The attacks by theme."""

AS_SERVICE: Attacks = {name: attack for group in GROUPS for name, attack in group.items()}
