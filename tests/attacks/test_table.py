from attacks import table
from attacks.as_owner import AS_OWNER
from attacks.catalogue import AS_SERVICE, GROUPS


def test_the_documented_attacks_are_those_that_are_tried() -> None:
    before, between, after = table.split(table.PATH.read_text("utf-8"))
    assert before
    assert after
    assert between == table.table(), "make guarantees"


def test_every_attack_has_a_name_of_its_own() -> None:
    assert len(AS_SERVICE) == sum(map(len, GROUPS))
    assert len(AS_SERVICE | AS_OWNER) >= 60
