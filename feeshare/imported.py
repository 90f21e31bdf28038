"""What importing a file gave, as the command line shows it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What one statement or bank file became; `against_last` is the change to the month before.

    `rows` count; `quarantined` and `skipped` ones came in beside them. `notes` say what a person
    should know though nothing is wrong with the file.
    """

    file: str
    kind: str
    subject: str
    rows: int
    total: Decimal | None
    commodity: str
    control_total: str
    against_last: Decimal | None
    state: str
    document: str
    quarantined: int = 0
    skipped: int = 0
    warnings: int = 0
    notes: tuple[str, ...] = ()
