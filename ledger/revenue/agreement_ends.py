"""Ends of agreements: terms for further notice that came to an end after all.

Law: only the newest terms end, once, on a day that no closed month was settled by. The database
holds the same.
"""

from datetime import date

from ledger.errors import Conflict, ReferenceReused, UnknownReference
from ledger.months import last_day
from ledger.periods import closed_through
from ledger.revenue.agreements import RetroactiveChange, versions
from ledger.revenue.terms_tables import TermsEnd
from ledger.sealing import Change
from ledger.validation import require_evidence


def end(change: Change, agreement: str, *, on: date, reason: str) -> tuple[TermsEnd, bool]:
    """End an agreement: its newest terms are in force up to a day; say whether that is new.

    Raises:
        UnknownReference: no agreement has this id.
        Conflict: its newest terms have a last day, or begin after that day.
        ReferenceReused: it ended on another day.
        RetroactiveChange: the day lies in a closed month.
    """
    session = change.session
    require_evidence(reason, agreement)
    known = versions(session, agreement)
    if not known:
        raise UnknownReference("agreement", agreement, mend="feeshare agreement compare")
    newest = known[-1]
    ended = session.get(TermsEnd, (agreement, newest.version))
    if ended is not None:
        if ended.ends_on != on:
            raise ReferenceReused("End", agreement, f"it ended on {ended.ends_on}")
        return ended, False
    if newest.effective_to is not None or on < newest.effective_from:
        raise Conflict(
            f"Version {newest.version} of {agreement} holds from {newest.effective_from} to "
            f"{newest.effective_to or 'further notice'}; it does not end on {on}.",
            mend="See: feeshare agreement list",
        )
    closed = closed_through(session)
    if closed is not None and on < last_day(closed):
        raise RetroactiveChange(agreement, on, closed)
    made = TermsEnd(
        agreement=agreement,
        terms_version=newest.version,
        ends_on=on,
        reason=reason,
        ended_by=change.actor,
    )
    change.add(made)
    return made, True
