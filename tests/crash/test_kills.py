"""Writers, the server's processes and the server are killed under load, at random moments."""

from pathlib import Path
from secrets import randbelow

from support.crashes import KINDS, kill_under_load, server

KILLS = 5


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    seed = randbelow(10**6)
    with server() as at:
        killed, reckoned = kill_under_load(at, tmp_path, kills=KILLS, seed=seed)
    assert set(killed) == set(KINDS)
    assert reckoned.acknowledged > KILLS
