"""What nodes of all chains share: who they are, and answers that do not hold together."""

from collections.abc import Callable
from typing import TypeVar

from chains.errors import AnswerUnfit
from chains.jsonrpc import RpcClient
from ledger.errors import BadInput

T = TypeVar("T")


class Node:
    """One provider's node. Every method may raise a `ProviderFault`."""

    def __init__(self, client: RpcClient) -> None:
        self.client = client
        self.provider = client.provider

    def fit(self, read: Callable[[], T], what: str) -> T:
        """Return what `read` makes of an answer.

        Raises:
            AnswerUnfit: a number or an address in it is none, or it contradicts itself.
        """
        try:
            return read()
        except (ValueError, OverflowError, OSError, BadInput) as error:
            raise AnswerUnfit(self.provider, f"{what}: {str(error)[:80]}") from None
