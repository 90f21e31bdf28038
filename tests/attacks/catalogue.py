"""Every attack by the service's role, by name."""

from attacks.on_changes import ON_CHANGES
from attacks.on_entries import ON_ENTRIES
from attacks.on_matches import ON_MATCHES
from attacks.on_payouts import ON_PAYOUTS
from attacks.on_reversals import ON_REVERSALS
from attacks.on_rows import ON_ROWS
from attacks.on_the_schema import ON_THE_SCHEMA
from attacks.steps import Attacks

AS_SERVICE: Attacks = {}
for group in (
    *(ON_CHANGES, ON_ENTRIES, ON_REVERSALS, ON_ROWS),
    *(ON_MATCHES, ON_PAYOUTS, ON_THE_SCHEMA),
):
    AS_SERVICE |= group
