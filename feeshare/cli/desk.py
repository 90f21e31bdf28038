"""The desk: what a command needs to work: who acts, the moment, the books to read or write."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from feeshare import clock
from feeshare.database import make_engine, reading, service_url, writing
from feeshare.settings import Settings, read_settings
from ledger.errors import BadInput, Problem
from ledger.sealing import Change


@dataclass
class Desk:
    """One command's surroundings."""

    settings: Settings
    named_actor: str | None

    @property
    def actor(self) -> str:
        """Return who acts.

        Raises:
            BadInput: nobody was named.
        """
        name = self.named_actor or self.settings.actor
        if not name:
            raise BadInput(
                [
                    Problem(
                        code="actor_missing",
                        place="command line",
                        expected="who acts",
                        mend="Name yourself: feeshare --as NAME …, or set FEESHARE_ACTOR.",
                    )
                ]
            )
        return name

    @property
    def now(self) -> datetime:
        """Return the present moment, or the one the settings fix."""
        return clock.now(self.settings.clock)

    @cached_property
    def engine(self) -> Engine:
        """Return the engine of the books, as the service's role."""
        return make_engine(service_url(self.settings))

    @contextmanager
    def write(self, reason: str) -> Iterator[Change]:
        """Open a change that is sealed at the end."""
        with writing(self.engine, actor=self.actor, reason=reason, at=self.now) as change:
            yield change

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that cannot write."""
        with reading(self.engine) as session:
            yield session

    def leave(self) -> None:
        """Close the connections that the command opened."""
        if "engine" in self.__dict__:
            self.engine.dispose()


def desk_of(context: typer.Context) -> Desk:
    """Return the desk of the command that runs."""
    root = context.find_root()
    actor = root.obj if isinstance(root.obj, str) else None
    desk = Desk(settings=read_settings(), named_actor=actor)
    context.call_on_close(desk.leave)
    return desk


def is_terminal() -> bool:
    """Return whether a person watches stderr, so that progress may be shown."""
    return os.isatty(2)
