"""Faults that providers of Solana have: heads that lag, pages that do not join, old versions."""

import json
from dataclasses import replace
from typing import Any

from support.fault_proxy import (
    Fault,
    FaultProxy,
    Forward,
    Question,
    Reply,
    alters,
    answer,
    error,
    only,
    refuses,
)

LISTING = "getSignaturesForAddress"
TRANSACTION = "getTransaction"


def stale(proxy: FaultProxy, behind: int) -> Fault:
    """Return a fault of a node that lags, and lists what it has as if that were all."""

    def lagging(question: Question, through: Forward) -> Reply:
        head = proxy.direct("getSlot", {"commitment": "confirmed"}) - behind
        method = question.method
        if method == "getSlot":
            return answer(question, through(question).result - behind)
        if method == LISTING:
            rows = through(question).result
            return answer(question, [row for row in rows if row["slot"] <= head])
        if method == "getBlock" and question.params[0] > head:
            return error(question, -32004, f"Block not available for slot {question.params[0]}")
        return through(question)

    return lagging


def lags_when_listing(behind: int) -> Fault:
    """Return a fault of one address for many nodes: the one that lists is not there yet."""

    def lagging(question: Question, through: Forward) -> Reply:
        needed = question.params[1].get("minContextSlot", 0)
        reached = through(replace(question, method="getSlot", params=[])).result - behind
        if needed > reached:
            return error(question, -32016, "Minimum context slot has not been reached")
        rows = through(question).result
        return answer(question, [row for row in rows if row["slot"] <= reached])

    return only(lagging, LISTING)


def lists_too(row: dict[str, Any], *addresses: str) -> Fault:
    """Return what a cluster does and the node does not: it lists what lookup tables name."""

    def listed(question: Question, through: Forward) -> Reply:
        address, asked = question.params
        if address not in addresses:
            return through(question)
        newest = {name: told for name, told in asked.items() if name != "before"}
        rows = through(replace(question, params=[address, newest])).result
        rows = sorted([*rows, row], key=lambda each: -int(each["slot"]))
        names = [each["signature"] for each in rows]
        start = names.index(asked["before"]) + 1 if "before" in asked else 0
        return answer(question, rows[start:])

    return only(listed, LISTING)


def lists_short(rows: int) -> Fault:
    """Return a fault that lists fewer rows at once than it is asked for."""

    def short(question: Question, through: Forward) -> Reply:
        address, asked = question.params
        return through(replace(question, params=[address, asked | {"limit": rows}]))

    return only(short, LISTING)


def later_pages(fault: Fault) -> Fault:
    """Return a fault that pages behind the newest one meet."""

    def met(question: Question, through: Forward) -> Reply:
        is_later = "before" in question.params[1]
        return fault(question, through) if is_later else through(question)

    return only(met, LISTING)


def repeats() -> Fault:
    """Return a fault that answers with the newest page, whichever is asked for."""

    def repeated(question: Question, through: Forward) -> Reply:
        address, asked = question.params
        newest = {name: told for name, told in asked.items() if name != "before"}
        return through(replace(question, params=[address, newest]))

    return repeated


def skips(rows: int) -> Fault:
    """Return a fault that leaves out rows at the beginning of a page."""
    return alters(lambda found: found[rows:])


def lacks_transactions() -> Fault:
    """Return a fault that lists transactions and answers null for each of them."""
    return only(lambda question, _: answer(question, None), TRANSACTION)


def knows_versions_until(version: int) -> Fault:
    """Return a fault of a node that cannot tell transactions of newer versions."""

    def refused(question: Question, through: Forward) -> Reply:
        reply = through(question)
        found = json.loads(reply.body).get("result") or {}
        told = found.get("version", "legacy")
        if isinstance(told, int) and told > version:
            words = f"Transaction version ({told}) is not supported by the requesting client"
            return error(question, -32015, words)
        return reply

    return only(refused, TRANSACTION)


def skipped_slots() -> Fault:
    """Return a fault of a node for which no slot has a block."""
    words = "Slot 7 was skipped, or missing in long-term storage"
    return only(refuses(-32009, words), "getBlock")
