from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, func, select

from feeshare.jobs import JOBS, Job, Outcome, Run, results, run, run_due
from feeshare.tables import JobResult
from ledger import parties, periods
from ledger.journal import JournalEntry, Posting, post_one
from support.books import Books

NOW = datetime(2023, 11, 3, 9, tzinfo=UTC)
WELL = Outcome(well=True, detail="done")
BY_NAME = {job.name: job for job in JOBS}


def job(
    work: Callable[[], Outcome], *, name: str = "sample", occasion: Callable[[], str] = lambda: "o"
) -> Job:
    return Job(
        name=name,
        about="a sample",
        occasion=lambda _engine, _now: occasion(),
        work=lambda _engine, _now, _folder: work(),
    )


def done(books: Books) -> list[tuple[str, str, str]]:
    with books.read() as session:
        return [(row.job, row.occasion, row.result) for row in results(session)]


def post(books: Books) -> None:
    with books.write() as change:
        post_one(
            change,
            JournalEntry(
                reference="fee",
                effective_date=date(2023, 10, 5),
                kind="manual",
                narration="a fee",
                postings=[
                    Posting("expenses:bank-fees", Decimal(1), "USD"),
                    Posting("equity:opening", Decimal(-1), "USD"),
                ],
            ),
        )


def close_october(books: Books, actor: str = "closer") -> None:
    with books.write(actor) as change:
        periods.close(change, date(2023, 10, 1), reason="month end")


def test_an_occasion_is_done_once(books: Books, tmp_path: Path) -> None:
    count: list[int] = []

    def work() -> Outcome:
        count.append(1)
        return WELL

    first = run(books.engine, job(work), NOW, tmp_path)
    again = run(books.engine, job(work), NOW + timedelta(hours=1), tmp_path)
    assert (first.state, again.state, again.detail) == ("well", "done before", "done")
    assert len(count) == 1
    with books.read() as session:
        (row,) = results(session)
        assert (row.finished_at, row.result, row.detail) == (NOW, "well", "done")
        assert row.worker


def test_the_next_occasion_is_done_again(books: Books, tmp_path: Path) -> None:
    for name in ("first", "second", "second"):
        run(books.engine, job(lambda: WELL, occasion=partial(str, name)), NOW, tmp_path)
    assert sorted(done(books)) == [("sample", "first", "well"), ("sample", "second", "well")]


def test_a_job_without_an_occasion_does_nothing(books: Books, tmp_path: Path) -> None:
    digest = books.digest()
    made = run(books.engine, job(pytest.fail, occasion=lambda: ""), NOW, tmp_path)
    assert made == Run(job="sample", occasion="", state="nothing due", detail="")
    assert books.digest() == digest


def test_a_result_that_is_wrong_is_kept_as_such(books: Books, tmp_path: Path) -> None:
    made = run(books.engine, job(lambda: Outcome(well=False, detail="differs")), NOW, tmp_path)
    assert (made.state, made.detail) == ("wrong", "differs")
    assert done(books) == [("sample", "o", "wrong")]


def test_two_workers_at_once_do_it_once(books: Books, tmp_path: Path) -> None:
    started, seen = Event(), Event()
    states: list[str] = []

    def slow() -> Outcome:
        started.set()
        assert seen.wait(30)
        return WELL

    first = Thread(target=lambda: states.append(run(books.engine, job(slow), NOW, tmp_path).state))
    first.start()
    assert started.wait(30)
    other = run(books.engine, job(pytest.fail), NOW, tmp_path)
    seen.set()
    first.join(30)
    assert (other.state, states) == ("under way", ["well"])
    assert done(books) == [("sample", "o", "well")]
    assert run(books.engine, job(pytest.fail), NOW, tmp_path).state == "done before"


def test_workers_that_race_for_many_occasions_do_each_once(books: Books, tmp_path: Path) -> None:
    count: list[str] = []

    def work(occasion: str) -> Outcome:
        count.append(occasion)
        return WELL

    def worker() -> None:
        for number in range(10):
            occasion = str(number)
            each = job(partial(work, occasion), occasion=partial(str, occasion))
            run(books.engine, each, NOW, tmp_path)

    threads = [Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(count) == [str(number) for number in range(10)]
    assert len(done(books)) == 10


def failing() -> Outcome:
    raise ValueError("out of order")


def test_a_failing_job_leaves_no_result_stops_no_other_and_is_tried_again(
    books: Books, tmp_path: Path
) -> None:
    jobs = [job(failing, name="bad"), job(lambda: WELL, name="good")]
    runs = run_due(books.engine, NOW, tmp_path, jobs)
    assert [(each.job, each.state, each.detail) for each in runs] == [
        ("bad", "failed", "out of order"),
        ("good", "well", "done"),
    ]
    assert done(books) == [("good", "o", "well")]
    assert run(books.engine, job(lambda: WELL, name="bad"), NOW, tmp_path).state == "well"


def test_an_occasion_that_cannot_be_told_stops_no_other_job(books: Books, tmp_path: Path) -> None:
    def no_occasion() -> str:
        raise ValueError("no calendar")

    jobs = [job(pytest.fail, name="bad", occasion=no_occasion), job(lambda: WELL, name="good")]
    runs = run_due(books.engine, NOW, tmp_path, jobs)
    assert [(each.state, each.detail) for each in runs] == [
        ("failed", "no calendar"),
        ("well", "done"),
    ]
    assert done(books) == [("good", "o", "well")]


def test_a_job_that_loses_its_result_to_the_database_is_no_ones(
    books: Books, tmp_path: Path
) -> None:
    def write_the_result_first() -> Outcome:
        with books.sql() as connection:
            connection.execute(
                "INSERT INTO job_results VALUES ('sample', 'o', now(), 'x', 'well', 'by hand')"
            )
        return WELL

    lost = run(books.engine, job(write_the_result_first), NOW, tmp_path)
    assert (lost.state, "job_results_pkey" in lost.detail) == ("failed", True)
    with books.read() as session:
        assert session.scalar(select(func.count()).select_from(JobResult)) == 1


def test_nothing_closed_is_nothing_to_report_on(books: Books, tmp_path: Path) -> None:
    runs = {each.job: each for each in run_due(books.engine, NOW, tmp_path)}
    assert runs["month-report"].state == "nothing due"
    assert (runs["self-check"].state, runs["self-check"].occasion) == ("well", "2023-11-03")
    assert runs["self-check"].detail == "1 changes, 0 entries, 0 postings"
    assert {each.state for each in run_due(books.engine, NOW, tmp_path)} == {
        "nothing due",
        "done before",
    }


def test_each_close_of_a_month_has_its_own_reports(books: Books, tmp_path: Path) -> None:
    report = BY_NAME["month-report"]
    post(books)
    close_october(books)
    first = run(books.engine, report, NOW, tmp_path)
    assert (first.state, first.occasion) == ("well", "2023-10:1")
    assert {path.name for path in (tmp_path / "2023-10").iterdir()} >= {
        "books.journal",
        "trial-balance.csv",
        "trial-balance.xlsx",
    }
    assert run(books.engine, report, NOW, tmp_path).state == "done before"
    with books.write("another") as change:
        periods.reopen(change, date(2023, 10, 1), reason="a correction")
    assert run(books.engine, report, NOW, tmp_path).state == "nothing due"
    close_october(books)
    assert run(books.engine, report, NOW, tmp_path).occasion == "2023-10:2"


TAMPERED = {
    "UPDATE postings SET amount = 2 WHERE line = 1": "entry 1 (fee)",
    "UPDATE journal_entries SET narration = 'x'": "entry 1 (fee)",
    "DELETE FROM postings WHERE line = 2": "entry 1 (fee)",
    "UPDATE account_balances SET balance = 5 WHERE balance = 1": "account_balances",
}


@pytest.mark.parametrize("statement", TAMPERED)
def test_the_nightly_check_names_a_row_that_was_tampered_with(
    books: Books, tmp_path: Path, statement: str
) -> None:
    post(books)
    tonight = run(books.engine, BY_NAME["self-check"], NOW, tmp_path)
    assert tonight.state == "well"
    with books.sql(as_owner=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)
    tomorrow = run(books.engine, BY_NAME["self-check"], NOW + timedelta(days=1), tmp_path)
    assert tomorrow.state == "wrong"
    assert TAMPERED[statement] in tomorrow.detail
    assert done(books)[0] == ("self-check", "2023-11-04", "wrong")


def test_a_check_writes_nothing_but_its_result(books: Books, tmp_path: Path) -> None:
    with books.write() as change:
        parties.add(change, name="Ada", kind="payee")

    def of_books(engine: Engine) -> list[tuple[object, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM changes")]

    before = of_books(books.engine)
    run_due(books.engine, NOW, tmp_path)
    assert of_books(books.engine) == before


def test_a_connection_lost_under_a_job_fails_it_and_stops_no_other(
    books: Books, tmp_path: Path
) -> None:
    def lose() -> Outcome:
        with books.sql(as_owner=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return WELL

    found = run_due(
        books.engine, NOW, tmp_path, [job(lose, name="loses"), job(lambda: WELL, name="next")]
    )
    assert [each.state for each in found] == ["failed", "well"]
    assert done(books) == [("next", "o", "well")]
