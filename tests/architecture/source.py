"""The project's own source, read and parsed for tests about it."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger", "payouts", "chains", "reports", "feeshare", "migrations")


@cache
def modules() -> Mapping[str, ast.Module]:
    """Return every module of the packages, parsed, by its path from the root."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


@cache
def text_of(path: str) -> str:
    """Return a module's text."""
    return (ROOT / path).read_text("utf-8")


def module_name(path: str) -> str:
    """Return the dotted name of the module at a path."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
