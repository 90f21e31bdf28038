"""Post by django-hordak and print the seconds it took: run by `.venv-comparisons/bin/python`.

Arguments: a libpq URL, then `prepare` for its migrations, triggers included, and two accounts; or
a count of transactions, which are posted as hordak's own `create_benchmark_transactions` does:
`bulk_create` of transactions and of legs in one database transaction.
"""

import sys
import time
from datetime import date
from decimal import Decimal
from typing import Any

import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict


def configure(url: str) -> None:
    """Set Django up for hordak on a database, debugging off."""
    told = conninfo_to_dict(url)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": told["dbname"],
                "USER": told["user"],
                "HOST": told["host"],
            }
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "mptt",
            "django_extensions",
            "hordak",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        HORDAK_CURRENCIES=["USD"],
        HORDAK_DEFAULT_CURRENCY="USD",
        HORDAK_INTERNAL_CURRENCY="USD",
    )
    django.setup()


def prepare() -> None:
    """Apply the migrations and make the two accounts that entries move between."""
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    Account.objects.create(name="Suspense", type="AS", code="1", currencies=["USD"])
    Account.objects.create(name="Fee share", type="IN", code="2", currencies=["USD"])


def post(count: int) -> float:
    """Post transactions of two legs; return the seconds from objects at hand to the commit."""
    from django.db import transaction as database
    from hordak.models import Account, Leg, Transaction
    from moneyed import Money

    debit, credit = Account.objects.order_by("code")
    transactions: list[Any] = []
    legs: list[Any] = []
    for number in range(count):
        amount = Money(Decimal(number + 1) / 100, "USD")
        entry = Transaction(
            date=date(2023, 1 + number % 12, 1 + number % 28),
            description=f"Fee share stated for month {number}",
        )
        transactions.append(entry)
        legs.append(Leg(transaction=entry, account=debit, debit=amount))
        legs.append(Leg(transaction=entry, account=credit, credit=amount))
    start = time.perf_counter()
    with database.atomic():
        Transaction.objects.bulk_create(transactions)
        Leg.objects.bulk_create(legs)
    seconds = time.perf_counter() - start
    if Leg.objects.count() != 2 * count:
        raise RuntimeError("not every leg was posted")
    return seconds


if __name__ == "__main__":
    configure(sys.argv[1])
    if sys.argv[2] == "prepare":
        prepare()
    else:
        print(post(int(sys.argv[2])))
