"""Processes for tests: forked from a server that has imported the service once."""

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "pytest",
        "feeshare.verifying",
        *(f"feeshare.cli.{name}" for name in ("main", "entry", "payout", "policy", "statement")),
    ]
)
