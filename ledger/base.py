"""What all tables share: constraint names, exact quantities, the change a row belongs to."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    ForeignKey,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.sql.operators import OperatorClass


class QuantityDomain(DOMAIN):
    """The domain of exact quantities: it adds and compares as the numbers it holds."""

    operator_classes = OperatorClass.NUMERIC


QUANTITY = QuantityDomain("quantity", Numeric(), create_type=False)
"""A decimal of at most 18 places, below 10^20 in size, never NaN: the database's own check."""

Quantity = Annotated[Decimal, mapped_column(QUANTITY)]
Units = Annotated[Decimal, mapped_column(Numeric(78, 0))]


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """The root of all tables; rows are written once and never changed."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "ck": "%(table_name)s_%(constraint_name)s_check",
        }
    )
    type_annotation_map: ClassVar = {
        str: Text(),
        int: BigInteger(),
        bytes: LargeBinary(),
        date: Date(),
        datetime: DateTime(timezone=True),
    }


class Sealed(MappedAsDataclass, kw_only=True):
    """A row that is part of one sealed change: its number is when the row became known."""

    change_no: Mapped[int] = mapped_column(
        ForeignKey("changes.number", deferrable=True, initially="DEFERRED"),
        index=True,
        init=False,
    )
