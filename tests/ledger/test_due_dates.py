"""Due dates: plain values, looked at from one day or another."""

from datetime import date

from ledger.due_dates import DueDate, State, chosen

TODAY = date(2023, 11, 3)


def due(
    subject: str, day: int, month: int = 11, *, done: bool = False, by_itself: bool = False
) -> DueDate:
    return DueDate(
        kind="payment",
        subject=subject,
        day=date(2023, month, day),
        what=subject,
        done=done,
        by_itself=by_itself,
    )


def test_a_due_date_is_in_time_on_its_day_and_overdue_the_day_after() -> None:
    assert due("a", 3).state(TODAY) is State.DUE
    assert due("a", 2).state(TODAY) is State.OVERDUE
    assert due("a", 2, done=True).state(TODAY) is State.DONE
    assert due("a", 30, done=True).state(TODAY) is State.DONE


def test_what_comes_by_itself_is_done_with_its_day() -> None:
    assert due("a", 4, by_itself=True).state(TODAY) is State.DUE
    assert due("a", 3, by_itself=True).state(TODAY) is State.DONE


FOUND = (
    due("soon", 10),
    due("paid", 10, done=True),
    due("far", 30),
    due("late", 1, month=9),
    due("late and paid", 1, month=10, done=True),
    due("hold over", 1, by_itself=True),
    due("today", 3),
)


def subjects(first: date | None, last: date) -> list[str]:
    return [each.subject for each in chosen(FOUND, first=first, last=last, today=TODAY)]


def test_without_a_first_day_what_is_overdue_comes_first() -> None:
    assert subjects(None, date(2023, 11, 10)) == ["late", "today", "paid", "soon"]


def test_a_stretch_has_what_was_done_in_it_and_both_its_ends() -> None:
    assert subjects(date(2023, 10, 1), date(2023, 11, 3)) == [
        *("late and paid", "hold over", "today")
    ]
    assert subjects(date(2023, 11, 30), date(2023, 11, 30)) == ["far"]
