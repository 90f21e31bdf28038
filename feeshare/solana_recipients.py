"""What only the chain knows of those who are paid on Solana, and of what they are paid in.

Law: a payee's address is that of a wallet: nothing is there yet, or coins that the system program
holds. A token is a mint of the token program: one of Token-2022 may take a fee or call a hook.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, cast

from ledger.errors import Problem
from payouts.rails.solana_addresses import SYSTEM_PROGRAM, TOKEN_PROGRAM

if TYPE_CHECKING:
    from chains.providers import Setup
    from chains.solana_reader import SolanaReader


def chain_problems(
    setup: "Setup", addresses: Collection[str], mints: Collection[str]
) -> list[Problem]:
    """Return what is wrong with payees' addresses and mints by final state, agreed by providers.

    Args:
        setup: the chain.
        addresses: where payees are paid.
        mints: what they are paid in; coins are none.

    Raises:
        ProvidersTooFew: too few providers answer.
        ProvidersDisagree: they tell different things.
    """
    from chains.providers import Panel

    asked = sorted({*addresses, *mints})
    panel = Panel(setup)
    panel.open()
    kinds = panel.alike(
        lambda reader: cast("SolanaReader", reader).kinds(asked), "the accounts of payees"
    )
    problems = []
    for address in sorted(addresses):
        owner, kind = kinds.get(address, (SYSTEM_PROGRAM, ""))
        if owner != SYSTEM_PROGRAM:
            problems.append(
                Problem(
                    code="solana_recipient",
                    column="address",
                    value=address,
                    expected=f"a wallet; on chain it is {f'a {kind}' if kind else 'an account'} "
                    f"of the program {owner}",
                    mend="Ask the payee for the address of the wallet that owns it.",
                )
            )
    problems += [
        Problem(
            code="asset_unsupported",
            column="mint",
            value=mint,
            expected="a mint of the token program; Token-2022 may take a fee or call a hook",
            mend="Pay in another token.",
        )
        for mint in sorted(mints)
        if kinds.get(mint) != (TOKEN_PROGRAM, "mint")
    ]
    return problems
