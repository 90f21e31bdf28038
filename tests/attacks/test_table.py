from attacks import table
from attacks.as_owner import AS_OWNER
from attacks.catalogue import AS_SERVICE
from attacks.on_changes import ON_CHANGES
from attacks.on_entries import ON_ENTRIES
from attacks.on_matches import ON_MATCHES
from attacks.on_payouts import ON_PAYOUTS
from attacks.on_reversals import ON_REVERSALS
from attacks.on_rows import ON_ROWS
from attacks.on_the_schema import ON_THE_SCHEMA


def test_the_documented_attacks_are_those_that_are_tried() -> None:
    before, between, after = table.split(table.PATH.read_text("utf-8"))
    assert before
    assert after
    assert between == table.table(), "make guarantees"


def test_every_attack_has_a_name_of_its_own() -> None:
    groups = (ON_CHANGES, ON_ENTRIES, ON_REVERSALS, ON_ROWS, ON_MATCHES, ON_PAYOUTS, ON_THE_SCHEMA)
    assert len(AS_SERVICE) == sum(map(len, groups))
    assert len(AS_SERVICE | AS_OWNER) >= 60
