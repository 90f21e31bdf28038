"""Loading tokens: records of a file become entries of the registry; another person confirms."""

from chains.registry import CHAINS
from feeshare.loading import EVM_CHAINS, Format
from feeshare.records import Record
from ledger import commodities, tokens
from ledger.bank_tables import Token
from ledger.errors import BadInput
from ledger.sealing import Change

DECIMALS_MAX = 36
"""As the registry's own check has it."""


def _token(change: Change, record: Record) -> bool:
    chain = record.text("chain")
    if chain not in {each.name for each in CHAINS}:
        known = ", ".join(each.name for each in CHAINS)
        record.fault("chain_unknown", "chain", f"one of {known}")
        return False
    _require_chain_id(record, chain)
    contract = record.text("contract", required=False)
    _require_contract(change, record, chain, contract)
    decimals = record.text("decimals")
    if not (decimals.isascii() and decimals.isdigit() and int(decimals) <= DECIMALS_MAX):
        record.fault("value_unknown", "decimals", f"a whole number from 0 to {DECIMALS_MAX}")
    commodity = record.text("commodity")
    if commodity not in commodities.scales(change.session):
        record.fault("reference_unknown", "commodity", "a commodity of the books")
    if record.faults.problems:
        return False
    return tokens.add(
        change,
        Token(
            chain=chain,
            contract=contract,
            commodity=commodity,
            decimals=int(decimals),
            chain_id=EVM_CHAINS.get(chain),
            source=record.text("source", required=False),
        ),
    )


def _require_chain_id(record: Record, chain: str) -> None:
    told, known = record.text("chain_id", required=False), EVM_CHAINS.get(chain)
    if told and told != str(known):
        record.fault("chain_mismatch", "chain_id", f"{known or 'nothing'} for {chain}")


def _require_contract(change: Change, record: Record, chain: str, contract: str) -> None:
    """Refuse what is no contract or mint; the native coin has none and is there from the start."""
    from chains.solana_addresses import require_address
    from payouts.rails.registry import rail_named

    if not contract:
        if change.session.get(Token, (chain, "")) is None:
            record.fault("value_missing", "contract", "a contract or mint")
    elif chain in EVM_CHAINS:
        rail = rail_named("safe")
        for problem in rail.check_destination(contract, chain_id=EVM_CHAINS[chain]):
            record.fault(problem.code, "contract", problem.expected, mend=problem.mend)
    else:
        try:
            require_address(contract, "contract")
        except BadInput:
            record.fault("address_malformed", "contract", "base58 of 32 bytes, as wallets show it")


TOKENS = Format(
    required=("chain", "commodity", "decimals"),
    optional=("contract", "chain_id", "source", "confirmed_by"),
    take=_token,
)
