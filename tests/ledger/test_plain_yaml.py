import pytest
import yaml

from ledger.plain_yaml import DEPTH, NotPlainError, composed, loaded


def test_a_text_is_loaded_with_types_and_composed_without() -> None:
    text = "- {a: 1, b: 2023-10-01}\n- [yes, '1.50']\n"
    assert loaded(text) == yaml.safe_load(text)
    node = composed(text)
    assert isinstance(node, yaml.SequenceNode)
    assert node.value[1].value[0].value == "yes"
    assert (loaded(""), composed("")) == (None, None)


@pytest.mark.parametrize("read", [loaded, composed])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x [1]\nb: *x\n", "YAML without anchors and aliases"),
        ("a: &x 1\n", "YAML without anchors and aliases"),
        ("[" * (DEPTH + 1) + "]" * (DEPTH + 1), f"YAML nested at most {DEPTH} deep"),
        ("[" * 1_000_000, f"YAML nested at most {DEPTH} deep"),
        ("- " * 100_000, f"YAML nested at most {DEPTH} deep"),
        ("a: !!bool maybe\n", "YAML without tags"),
        ("a: !!int ''\n", "YAML without tags"),
        ("a: \ud800\n", "plain YAML: "),
        ("a: [1", "plain YAML: "),
        ("a: \x00", "plain YAML: "),
        ("a: 1\n---\nb: 2\n", "plain YAML: "),
    ],
)
def test_what_is_no_plain_yaml_is_refused(read: object, text: str, expected: str) -> None:
    assert callable(read)
    with pytest.raises(NotPlainError) as refused:
        read(text)
    assert refused.value.expected.startswith(expected)


def test_the_deepest_that_is_allowed_is_read() -> None:
    found = loaded("[" * DEPTH + "]" * DEPTH)
    for _ in range(DEPTH - 1):
        (found,) = found
    assert found == []


def test_a_date_that_is_none_is_no_plain_yaml() -> None:
    with pytest.raises(NotPlainError, match="plain YAML: day is out of range"):
        loaded("a: 2023-02-31\n")
