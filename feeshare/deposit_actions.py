"""What to do next about a deposit, by where it stands."""

from chains.deposit_states import Deposit, State

ACTIONS = {
    State.DECLARED: "wait, or ask the exchange for the transaction",
    State.DETECTED: "wait for finality",
    State.SHORT: "ask the exchange for the rest",
    State.OVER: "return the excess, or agree what it is for",
    State.WRONG_TOKEN: "agree with the exchange: return it, or take it for what it is",
    State.WRONG_CHAIN: "take it as it came: feeshare match {line} {bounty}",
    State.UNIDENTIFIED: "find out whose it is: feeshare match {line} DOCUMENT",
    State.QUARANTINED: "do not count on it: feeshare chain transfers",
}
"""What a state asks for; a confirmed deposit that is matched asks for nothing."""


def next_action(deposit: Deposit) -> str:
    """Return the next action for a deposit; blank where there is none."""
    bounty = deposit.wanted.bounty if deposit.wanted else ""
    line = deposit.arrivals[0].line if deposit.arrivals else ""
    action = ACTIONS.get(deposit.state, "").format(line=line, bounty=bounty)
    if not action and any(not each.document for each in deposit.arrivals):
        return "feeshare reconcile MONTH books it for the bounty"
    return action
