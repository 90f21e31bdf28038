import pytest
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from ledger.tables import ChangeRow
from ledger.verification_queries import table_of


class Elsewhere(DeclarativeBase):
    """Classes that are no tables of the books."""


class Newest(Elsewhere):
    __table__ = select(ChangeRow.number).limit(1).subquery()
    __mapper_args__ = {"primary_key": [__table__.c.number]}  # noqa: RUF012 - SQLAlchemy's


def test_only_a_table_is_verified_row_by_row() -> None:
    assert table_of(ChangeRow).name == "changes"
    with pytest.raises(TypeError, match=r"^Newest is no table$"):
        table_of(Newest)  # type: ignore[arg-type]
