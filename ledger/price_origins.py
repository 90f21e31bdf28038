"""Origins: who provided a price, when it was observed and taken, and the bytes that say so."""

from dataclasses import dataclass
from datetime import datetime

from ledger import evidence
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a price came from; `raw` is the file or answer as it came, kept as evidence.

    Moments are in UTC; `observed_at` is the provider's word, blank if it says none.
    """

    provider: str
    retrieved_at: datetime
    raw: bytes
    file_name: str
    observed_at: datetime | None = None

    def keep(self, change: Change) -> str:
        """Keep the raw bytes once and return their SHA-256 (hex)."""
        return evidence.keep(change, self.raw, self.file_name)
