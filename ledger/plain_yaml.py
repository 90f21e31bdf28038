"""Plain YAML: read without anchors, aliases, tags and deep nesting."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node, Token

DEPTH = 40
"""Lists and mappings stand in each other so deep at most; libyaml has no limit of its own."""


class NotPlainError(ValueError):
    """A text that is no plain YAML; `expected` says what was."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def loaded(text: str) -> Any:  # noqa: ANN401 - whatever it says; a schema has not seen it yet
    """Return what a YAML text says, its scalars by YAML 1.1's safe types.

    Raises:
        NotPlainError: it is no well-formed YAML, or not plain.
    """
    import yaml

    _require_plain(text)
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise _malformed(error) from error


def composed(text: str) -> "Node | None":
    """Return a YAML text as nodes, every scalar as the text it is: no float, no date is guessed.

    Raises:
        NotPlainError: it is no well-formed YAML, or not plain.
    """
    import yaml

    _require_plain(text)
    try:
        return yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.YAMLError as error:
        raise _malformed(error) from error


def _require_plain(text: str) -> None:
    import yaml

    refused = {
        yaml.AliasToken: "YAML without anchors and aliases",
        yaml.AnchorToken: "YAML without anchors and aliases",
        yaml.TagToken: "YAML without tags",
    }
    starts = (
        yaml.BlockMappingStartToken,
        yaml.BlockSequenceStartToken,
        yaml.FlowMappingStartToken,
        yaml.FlowSequenceStartToken,
    )
    ends = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
    depth = 0
    for token in _tokens(text):
        if type(token) in refused:
            raise NotPlainError(refused[type(token)])
        depth += isinstance(token, starts) - isinstance(token, ends)
        if depth > DEPTH:
            raise NotPlainError(f"YAML nested at most {DEPTH} deep")


def _tokens(text: str) -> "Iterator[Token]":
    import yaml

    try:
        yield from yaml.scan(text, Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise _malformed(error) from error


def _malformed(error: Exception) -> NotPlainError:
    return NotPlainError(f"plain YAML: {' '.join(str(error).split())}")
