"""What was typed: a command with its arguments, told again without what is nobody's business."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from enum import Enum

import typer

UNSAID = frozenset({"key"})
"""Options that are left out: where a person keeps a private key."""


def command_line(context: typer.Context) -> str:
    """Return the command that runs as it was typed, options in their longest form."""
    path = context.command_path.removeprefix(context.find_root().command_path).split()
    return shlex.join([*path, *_arguments(context)])


def _arguments(context: typer.Context) -> Iterator[str]:
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name in UNSAID or source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[name]
        option = [max(parameter.opts, key=len)] if parameter.param_type_name == "option" else []
        if isinstance(value, bool):
            yield from option if value else parameter.secondary_opts
            continue
        for each in value if isinstance(value, list | tuple) else [value]:
            yield from (*option, _typed(each))


def _typed(value: object) -> str:
    match value:
        case datetime():
            return value.date().isoformat()
        case Enum():
            return str(value.value)
        case _:
            return str(value)
