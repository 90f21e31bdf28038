"""The desk: what a command needs to work: who acts, the moment, the books to read or write.

Law: a command that came to the books and sealed nothing, or was refused, leaves one line in the
access log. What was sealed stands in the changes; what never came to the books leaves nothing.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import typer
from sqlalchemy import Engine
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from feeshare import access, clock
from feeshare.cli.asked import Asked, content
from feeshare.cli.typed import command_line
from feeshare.database import make_engine, owner_url, reading, service_url, writing
from feeshare.settings import Settings, read_settings
from feeshare.tables import Access
from ledger.errors import BadInput, Problem, Refusal
from ledger.known_at import as_known, change_at, parse
from ledger.requests import Request, fingerprint
from ledger.sealing import Change


@dataclass
class Desk:
    """One command's surroundings."""

    settings: Settings
    asked: Asked
    content: Sequence[str | None] = ()
    """What the command was asked for, where it has a key."""
    entered: bool = False
    sealed: bool = False

    @property
    def actor(self) -> str:
        """Return who acts.

        Raises:
            BadInput: nobody was named.
        """
        name = self.asked.actor or self.settings.actor
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
    def request(self) -> Request | None:
        """Return the key of what is asked and its fingerprint, if it has one.

        Raises:
            BadInput: the key is blank.
        """
        key = self.asked.request_id
        if key is None:
            return None
        if not key.strip():
            raise BadInput(
                [Problem(code="id_invalid", place="--request-id", expected="a key that you keep")]
            )
        return Request(key, fingerprint([self.actor, *self.content]))

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
        with writing(
            self._enter(),
            actor=self.actor,
            reason=reason,
            at=self.now,
            request=self.request,
        ) as change:
            yield change
        self.sealed |= change.wrote

    @contextmanager
    def read(self, known_at: str | None = None) -> Iterator[Session]:
        """Open a session that cannot write and reads the books as known at a change or time.

        Raises:
            BadInput: `known_at` names neither.
        """
        wanted = None if known_at is None else parse(known_at)
        with reading(self._enter()) as session:
            number = None if wanted is None else change_at(session, wanted).number
            with as_known(session, number):
                yield session

    def owner(self, *, writes: bool = False) -> URL:
        """Return the URL of the tables' owner, for what moves the whole database."""
        url = owner_url(self.settings)
        self.engine = make_engine(url)
        self._enter()
        self.sealed = writes
        return url

    def _enter(self) -> Engine:
        """Return the engine, and note that it was used; where there is none, nothing is noted."""
        engine = self.engine
        self.entered = True
        return engine

    def log(self, subject: str, ended: BaseException | None) -> None:
        """Write the command's line of the access log, if it has one; `ended` is what ended it."""
        # That a request was done before refuses nobody: what it did was looked up.
        refusal = ended if isinstance(ended, Refusal) and ended.exit_status else None
        if not self.entered or (self.sealed and refusal is None):
            return
        line = Access(
            actor=self.asked.actor or self.settings.actor or "",
            channel="command line",
            action="read" if refusal is None else "refused",
            subject=subject,
            code=None if refusal is None else refusal.code,
            exit_status=_exit_status(ended),
            request_id=self.asked.request_id,
        )
        access.log(self.engine, line, refusal)

    def leave(self) -> None:
        """Close the connections that the command opened."""
        if "engine" in self.__dict__:
            self.engine.dispose()


def desk_of(context: typer.Context) -> Desk:
    """Return the desk of the command that runs."""
    asked = context.find_root().obj
    asked = asked if isinstance(asked, Asked) else Asked(actor=None, request_id=None)
    # What was asked is read from its files for whoever gives a key.
    told = tuple(content(context)) if asked.request_id else ()
    desk = Desk(settings=read_settings(), asked=asked, content=told)
    context.with_resource(_at_work(desk, command_line(context)))
    return desk


@contextmanager
def _at_work(desk: Desk, subject: str) -> Iterator[None]:
    ended: BaseException | None = None
    try:
        yield
    except BaseException as error:
        ended = error
        raise
    finally:
        desk.log(subject, ended)
        desk.leave()


def _exit_status(ended: BaseException | None) -> int:
    match ended:
        case None:
            return 0
        case Refusal(exit_status=status) | typer.Exit(exit_code=status):
            return status
        case _:
            return 1


def is_terminal() -> bool:
    """Return whether a person watches stderr, so that progress may be shown."""
    return os.isatty(2)
