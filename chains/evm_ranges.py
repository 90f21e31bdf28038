"""Ranges of blocks that a provider answers: split where it refuses, wider again where it does not.

Law: a range that was refused is read in parts that together are the range, down to one block;
nothing is left out, and what is read is the same however it was cut.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from chains.errors import RangeTooWide, TimedOut
from chains.jsonrpc import RpcClient

T = TypeVar("T")
F = TypeVar("F")

GROWTH = 8
"""The step grows by one part in so many after a round without a refusal."""


@dataclass(frozen=True, slots=True)
class _Piece(Generic[F]):
    filter: F
    first: int
    last: int

    @property
    def width(self) -> int:
        return self.last - self.first + 1


class Ranges:
    """Reads ranges of one provider. `step` is how many blocks are asked for at once now."""

    def __init__(self, client: RpcClient, step: int) -> None:
        self.step = step
        self._widest = step
        self._client = client

    def read(
        self,
        filters: Sequence[F],
        first: int,
        last: int,
        ask: Callable[[F, int, int], list[T]],
    ) -> list[T]:
        """Return what `ask` returns for each filter and all of these blocks, in no order.

        Raises:
            ProviderFault: as `ask` raises it; RangeTooWide and TimedOut of one block alone.
        """
        found: list[T] = []
        waiting = deque(_Piece(each, first, last) for each in filters)
        while waiting:
            pieces = self._next(waiting)
            outcomes = self._client.run_each([partial(_outcome, ask, each) for each in pieces])
            narrow: list[int] = []
            for piece, outcome in zip(pieces, outcomes, strict=True):
                if isinstance(outcome, list):
                    found += outcome
                else:
                    parts = _parts(piece, outcome)
                    waiting.extendleft(reversed(parts))
                    narrow.append(parts[0].width)
            if narrow:
                self.step = min(self.step, *narrow)
            else:
                self.step = min(self._widest, self.step + self.step // GROWTH + 1)
        return found

    def _next(self, waiting: deque[_Piece[F]]) -> list[_Piece[F]]:
        """Take as many pieces as are asked for at once, none wider than the step."""
        taken: list[_Piece[F]] = []
        while waiting and len(taken) < self._client.concurrency:
            piece = waiting.popleft()
            if piece.width > self.step:
                end = piece.first + self.step - 1
                waiting.appendleft(_Piece(piece.filter, end + 1, piece.last))
                piece = _Piece(piece.filter, piece.first, end)
            taken.append(piece)
        return taken


def _outcome(
    ask: Callable[[F, int, int], list[T]], piece: _Piece[F]
) -> list[T] | RangeTooWide | TimedOut:
    try:
        return ask(piece.filter, piece.first, piece.last)
    except (RangeTooWide, TimedOut) as fault:
        if piece.width == 1:
            raise
        return fault


def _parts(piece: _Piece[F], fault: RangeTooWide | TimedOut) -> list[_Piece[F]]:
    """Return a refused piece in two: as the provider hints, else in halves."""
    hint = fault.hint if isinstance(fault, RangeTooWide) else None
    if hint is not None and piece.first == hint[0] and hint[0] <= hint[1] < piece.last:
        end = hint[1]
    else:
        end = (piece.first + piece.last) // 2
    return [_Piece(piece.filter, piece.first, end), _Piece(piece.filter, end + 1, piece.last)]
