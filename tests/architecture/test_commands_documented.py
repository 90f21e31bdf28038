"""Commands that the documents show and that messages propose: each is there, with its options."""

import importlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer

from architecture.source import ROOT, modules, text_of
from feeshare.cli.main import GROUPS, app

DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"))
)
SHOWN = re.compile(r"(?<![\w./-])feeshare((?: +[^\s`|;#,)]+)+)")
NO_COMMANDS = ("feeshare payout address 1", "feeshare payouts`")
"""Names of what is signed: they stand there as they are signed."""

WORD, OPTION = re.compile(r"[a-z][a-z0-9-]*"), re.compile(r"(?<!\S)\[?(--[a-z][a-z-]*)")
TAKE_A_VALUE = {"--as", "--request-id"}


@cache
def command(name: str) -> Any:  # noqa: ANN401 - the library's types
    module = importlib.import_module(f"feeshare.cli.{GROUPS[name][0]}")
    return typer.main.get_command(module.COMMANDS[name])


@cache
def root_options() -> frozenset[str]:
    return frozenset(name for each in typer.main.get_command(app).params for name in each.opts)


def after_root_options(words: list[str]) -> list[str]:
    """Return what follows the options that every command shares."""
    rest = list(words)
    while rest and rest[0] in root_options():
        del rest[: 2 if rest[0] in TAKE_A_VALUE else 1]
    return rest


def wrong_with(words: list[str]) -> Iterator[str]:
    """Yield what is wrong with a command's words, `feeshare` apart."""
    rest = after_root_options(words)
    if not rest or not WORD.fullmatch(rest[0]):
        return
    name = rest.pop(0)
    if name not in GROUPS:
        yield f"no command {name}"
        return
    found = command(name)
    while hasattr(found, "commands") and rest and WORD.fullmatch(rest[0]):
        if rest[0] not in found.commands:
            if not found.invoke_without_command:
                yield f"no command {name} {rest[0]}"
            break
        name, found = f"{name} {rest[0]}", found.commands[rest.pop(0)]
    known = {opt for each in found.params for opt in (*each.opts, *each.secondary_opts)}
    for option in OPTION.findall(" ".join(rest)):
        if option not in known | {"--help"}:
            yield f"{name}: no option {option}"


def problems(text: str) -> list[str]:
    joined = re.sub(r"\\\n\s+", " ", text)
    for name in NO_COMMANDS:
        joined = joined.replace(name, "")
    return sorted(
        {
            f"feeshare{shown.group(1)}: {problem}"
            for shown in SHOWN.finditer(joined)
            for problem in wrong_with(shown.group(1).split())
        }
    )


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_a_document_shows_is_there(document: str) -> None:
    assert problems(text_of(document)) == []


def test_every_command_that_a_message_proposes_is_there() -> None:
    found = {path: problems(text_of(path)) for path in modules()}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`feeshare payout plan 2023-10`", []),
        ("`feeshare --as bob payout approve ID --hash X`", []),
        ("`feeshare payout pln 2023-10`", ["feeshare payout pln 2023-10: no command payout pln"]),
        ("`feeshare payot`", ["feeshare payot: no command payot"]),
        ("`feeshare user list --cvs`", ["feeshare user list --cvs: user list: no option --cvs"]),
    ],
)
def test_what_is_not_there_would_be_found(text: str, wrong: list[str]) -> None:
    assert problems(text) == wrong
