import pytest

from feeshare.tools import ToolFailed, postgresql_program, run


def test_a_program_says_what_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSET", "theirs")
    said = run(["sh", "-c", 'echo "$SET${UNSET-none}"'], {"SET": "ours ", "UNSET": None})
    assert said == "ours none\n"


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(ToolFailed, match="sh failed: no room"):
        run(["sh", "-c", "echo no room >&2; exit 1"])
    with pytest.raises(ToolFailed, match="false failed: it said nothing"):
        run(["false"])
    with pytest.raises(ToolFailed, match="no-such-program failed"):
        run(["no-such-program"])


@pytest.mark.parametrize("name", ["pg_dump", "pg_restore"])
def test_the_programs_are_those_of_the_embedded_server(name: str) -> None:
    assert f"{name} (PostgreSQL) 18." in run([postgresql_program(name), "--version"])
