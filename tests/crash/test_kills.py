"""Writers, the server's processes and the server are killed under load, at random moments."""

from pathlib import Path
from secrets import randbelow

import pytest

from support.crashes import KINDS, kill_under_load, server

KILLS = 10


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = randbelow(10**6)
    with server() as at:
        killed, reckoned = kill_under_load(at, tmp_path, kills=KILLS, seed=seed)
    with capsys.disabled():
        print(f"\nseed {seed}: {dict(killed)}: {reckoned}")  # noqa: T201
    assert set(killed) == set(KINDS)
    assert reckoned.acknowledged > KILLS
