"""Groups of commands, made alike."""

import typer


def group(about: str = "") -> typer.Typer:
    """Return a group that shows its help where no command is named; without one, a lone command.

    Completion is offered once, by the root.
    """
    return typer.Typer(no_args_is_help=bool(about), add_completion=False, help=about or None)
