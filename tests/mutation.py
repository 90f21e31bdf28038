"""Mutation: small changes of the pure modules, each of which should make a test fail.

`make mutate` runs it, apart from the suite. The modules and their tests are named in
pyproject.toml; mutmut changes copies in `mutants/`, never the sources, and leaves them there for
`mutmut browse`.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"

ALIVE_MAX = 10
"""Mutants that may live, in percent."""

CAUGHT = ("killed", "timeout")
"""A mutant is caught when a test fails, or when its tests no longer end."""


def mutmut(*arguments: str) -> str:
    """Run mutmut and return what it prints; leave with its own words if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout)
    return done.stdout


def main() -> int:
    """Print which mutants live and how many; return the exit status."""
    shutil.rmtree(MUTANTS, ignore_errors=True)
    mutmut("run")
    mutmut("export-cicd-stats")
    counts: dict[str, int] = json.loads((MUTANTS / "mutmut-cicd-stats.json").read_text("utf-8"))
    for line in mutmut("results").splitlines():
        name, _, state = line.strip().partition(": ")
        if state not in CAUGHT:
            print(mutmut("show", name))
    total = counts["total"]
    alive = total - sum(counts[state] for state in CAUGHT)
    print(
        f"{total} mutants: {counts['killed']} killed, {counts['timeout']} without an end, "
        f"{alive} alive; at most {ALIVE_MAX} % may live"
    )
    return int(total == 0 or alive * 100 > total * ALIVE_MAX)


if __name__ == "__main__":
    sys.exit(main())
