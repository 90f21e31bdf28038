"""The driver's own connection under a session: for COPY, for locks, for cursors of the server."""

from typing import Any

from psycopg import Connection
from sqlalchemy.orm import Session


def driver_of(session: Session) -> Connection[Any]:
    """Return the connection of psycopg that a session speaks through.

    Raises:
        TypeError: it speaks through another driver.
    """
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, Connection):
        raise TypeError("the books are kept through psycopg")
    return connection
