"""A line between the service and the server that is cut in the middle of a commit."""

import select
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.engine import URL

SOCKET_NAME = ".s.PGSQL.5432"
LATE_SECONDS = 0.5

Cut: TypeAlias = Callable[[socket.socket, socket.socket, bytes], None]
"""What becomes of a commit: the service's end, the server's end, the message."""


def after_the_commit(client: socket.socket, server: socket.socket, message: bytes) -> None:
    """Let the commit take place, and keep its answer back."""
    server.sendall(message)
    server.recv(4096)
    client.close()


def before_the_commit(client: socket.socket, server: socket.socket, message: bytes) -> None:  # noqa: ARG001 - the signature of cuts
    """Lose the commit on its way to the server."""
    client.close()


def during_the_commit(client: socket.socket, server: socket.socket, message: bytes) -> None:
    """Let the service lose its line while the server has still to commit."""
    client.close()
    time.sleep(LATE_SECONDS)
    server.sendall(message)
    server.recv(4096)


@contextmanager
def cut_line(url: URL, cut: Cut, *, for_good: bool = False) -> Iterator[URL]:
    """Give a URL whose line is cut at the first commit of a change; `for_good`, for ever."""
    with tempfile.TemporaryDirectory(prefix="line-") as folder:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(Path(folder) / SOCKET_NAME))
        listener.listen()
        whole = threading.Event()
        whole.set()

        def serve(client: socket.socket) -> None:
            with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
                if for_good and not whole.is_set():
                    return
                server.connect(str(Path(str(url.query["host"])) / SOCKET_NAME))
                sealed = False
                while True:
                    for end in select.select([client, server], [], [])[0]:
                        message = end.recv(65536)
                        if not message:
                            return
                        sealed = sealed or b"INSERT INTO changes" in message
                        if end is client and sealed and b"COMMIT" in message and whole.is_set():
                            whole.clear()
                            cut(client, server, message)
                            return
                        (server if end is client else client).sendall(message)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=serve, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield url.set(query={"host": folder})
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
