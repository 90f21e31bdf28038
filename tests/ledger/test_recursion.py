import ast
import subprocess
import sys

import pytest

from architecture.source import ROOT, modules

RAISING = {"eth_account", "web3", "py_ecc"}
"""Libraries that raise the limit of recursion when they are imported."""

DEEP = """
import json
try:
    json.loads("[" * 100_000)
except RecursionError:
    print("refused")
"""

ADDRESS, SIGNATURE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x" + "11" * 65
USES = {
    "a checker's wallet": f"""
from ledger.wallet_keys import is_signed
types = {{"EIP712Domain": [], "A": []}}
told = {{"types": types, "primaryType": "A", "domain": {{}}, "message": {{}}}}
is_signed(told, "{ADDRESS}", "{SIGNATURE[:-2]}1b")
""",
    "a payee's proof": f"""
from payouts.destination_signatures import scheme_of
scheme_of("message", "{ADDRESS}", 1, "{SIGNATURE[:-2]}1b")
""",
    "a delegate's key": """
import pathlib, tempfile
from feeshare.safe_service import delegate_in
path = pathlib.Path(tempfile.mkdtemp()) / "key"
path.write_text("0x" + "11" * 32)
path.chmod(0o600)
delegate_in(path)
""",
}


@pytest.mark.parametrize("use", USES)
def test_an_answer_that_is_nested_without_end_never_stops_the_process(use: str) -> None:
    script = f"{USES[use]}\nimport sys\nassert 'eth_account' in sys.modules\n{DEEP}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr


def imports_of(tree: ast.AST, *, kept: bool = False) -> list[tuple[str, bool]]:
    """Return the libraries that are imported at run time, and whether the limit is kept."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module.partition(".")[0], kept))
        elif isinstance(node, ast.Import):
            found += [(each.name.partition(".")[0], kept) for each in node.names]
        within = isinstance(node, ast.With) and "usual_recursion_limit" in ast.unparse(
            node.items[0]
        )
        found += imports_of(node, kept=kept or within)
    return found


def test_whatever_raises_the_limit_is_imported_where_it_is_put_back() -> None:
    found = {path: imports_of(tree) for path, tree in modules().items()}
    raising = {(path, *each) for path, its in found.items() for each in its if each[0] in RAISING}
    assert len(raising) >= len(USES)
    assert [each for each in sorted(raising) if not each[2]] == []
