"""Footguns that the linter does not know to be ours; every message names what to use instead."""

import ast
import re
import subprocess
from collections.abc import Iterator

from architecture.source import ROOT, modules, text_of

FLOATS_ALLOWED: dict[str, str] = {}
"""Modules that may call `float` or `round`, each with its reason; so far there is none."""

LINES_MAX = 350
LONG: dict[str, str] = {}
"""Modules longer than that, each with its reason; so far there is none."""

CLOCK_CALLS = {"now", "today", "utcnow", "utcfromtimestamp"}
ZONE_POSITION = {"datetime": 7, "fromtimestamp": 1}
"""Where a call takes its time zone when it is not named."""

LEFTOVER = re.compile(r"\b(?:FIX[M]E|TO[D]O|X{3})\b(?!\")")
"""What is left to do, spelt so as not to find itself; before a quote it is a made-up commodity."""

MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(?:home|root|Users|work|tmp|mnt)/")
TEXTS = {".py", ".toml", ".md", ".yaml", ".json", ".mako"}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield every call: its module's path, the name that is called, the call."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                match node.func:
                    case ast.Name(id=name) | ast.Attribute(attr=name):
                        yield path, name, node


def is_built_in(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name)


def is_naive(path: str, name: str, call: ast.Call) -> bool:
    """Return whether a call makes a moment without a zone, or asks the machine for one."""
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if name in CLOCK_CALLS and owner.endswith(("datetime", "date")):
        return path != "feeshare/clock.py"
    if name == "datetime" or (name == "fromtimestamp" and owner.endswith("datetime")):
        named = any(keyword.arg in {"tz", "tzinfo"} for keyword in call.keywords)
        return not named and len(call.args) <= ZONE_POSITION[name]
    return False


def test_no_float_comes_near_money() -> None:
    found = [
        f"{path}:{call.lineno}"
        for path, name, call in calls()
        if name in {"float", "round"} and is_built_in(call) and path not in FLOATS_ALLOWED
    ]
    assert not found, "use ledger.money: parse_plain, round_up, round_down, quotient"


def test_every_moment_has_a_zone() -> None:
    found = [f"{path}:{call.lineno}" for path, name, call in calls() if is_naive(path, name, call)]
    assert not found, "ask feeshare.clock for the present; give other moments tzinfo=UTC"


def test_no_except_is_bare() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not found, "name what may be raised"


def test_only_the_command_line_prints() -> None:
    found = [
        f"{path}:{call.lineno}"
        for path, name, call in calls()
        if name == "print" and is_built_in(call) and not path.startswith("feeshare/cli/")
    ]
    assert not found, "return what is to be shown: feeshare.cli prints it, structlog logs it"


def test_every_module_says_what_it_is() -> None:
    found = [path for path, tree in modules().items() if not ast.get_docstring(tree)]
    assert not found, "begin with what the module is and its law"


def test_a_package_is_its_docstring_only() -> None:
    found = [
        path
        for path, tree in modules().items()
        if path.endswith("__init__.py") and len(tree.body) != 1
    ]
    assert not found, "import from the module that has it: a re-export makes pure modules impure"


def test_no_module_grows_without_a_reason() -> None:
    long = {
        path
        for path in modules()
        if text_of(path).count("\n") > LINES_MAX and not path.startswith("migrations/versions/")
    }
    assert not long - set(LONG), "split it by noun, or name the reason in LONG"
    assert not set(LONG) - long, "it is short again: take it off LONG"


def test_nothing_is_left_to_do_and_no_machine_is_named() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    # Without a repository (an unpacked release) the packages alone are looked at.
    names = sorted(filter(None, listed.stdout.decode().split("\0"))) or sorted(modules())
    left, machines = [], []
    for path in (ROOT / name for name in names):
        if path.suffix not in TEXTS or not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            place = f"{path.relative_to(ROOT)}:{number}"
            left += [place] if LEFTOVER.search(line) else []
            machines += [place] if MACHINE_PATH.search(line) else []
    assert not left, "do it now, or open an issue that says what is missing"
    assert not machines, "take the path from a setting, an argument or __file__"
