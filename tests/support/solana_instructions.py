"""Instructions of Solana's programs, as wallets and exchanges give them."""

import struct
from collections.abc import Sequence

import spl.memo.instructions as memos
import spl.token.instructions as token
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, TransferParams, create_account, transfer
from spl.memo.constants import MEMO_PROGRAM_ID
from spl.memo.models import MemoParams
from spl.token import models
from spl.token.constants import TOKEN_2022_PROGRAM_ID, TOKEN_PROGRAM_ID

USDC = Pubkey.from_string("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")
USDT = Pubkey.from_string("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB")
WSOL = Pubkey.from_string("So11111111111111111111111111111111111111112")
TOKEN, TOKEN_2022 = TOKEN_PROGRAM_ID, TOKEN_2022_PROGRAM_ID

SYSTEM_PROGRAM = Pubkey.from_string("11111111111111111111111111111111")
LOOKUP_PROGRAM = Pubkey.from_string("AddressLookupTab1e1111111111111111111111111")

DECIMALS, WSOL_DECIMALS = 6, 9
MINT_BYTES, FEE_MINT_BYTES = 82, 278
ACCOUNT_BYTES = {TOKEN: 165, TOKEN_2022: 178}
PLENTY = 10**15


def ata(owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN) -> Pubkey:
    """Return the address of an associated account."""
    return token.get_associated_token_address(owner, mint, program)


def coins(sender: Pubkey, to: Pubkey, lamports: int) -> Instruction:
    return transfer(TransferParams(from_pubkey=sender, to_pubkey=to, lamports=lamports))


def memo(signer: Pubkey, text: str) -> Instruction:
    params = MemoParams(program_id=MEMO_PROGRAM_ID, signer=signer, message=text.encode())
    return memos.create_memo(params)


def opens(
    payer: Pubkey, owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN
) -> Instruction:
    """Return what makes an associated account, if there is none."""
    return token.create_idempotent_associated_token_account(payer, owner, mint, program)


def makes(
    payer: Pubkey, account: Pubkey, lamports: int, size: int, program: Pubkey
) -> Instruction:
    """Return what makes an account of a program, of so many bytes."""
    params = CreateAccountParams(
        from_pubkey=payer, to_pubkey=account, lamports=lamports, space=size, owner=program
    )
    return create_account(params)


def begins(account: Pubkey, owner: Pubkey, mint: Pubkey, program: Pubkey) -> Instruction:
    """Return what makes an account a token account of somebody."""
    return token.initialize_account3(
        models.InitializeAccount3Params(
            program_id=program, account=account, mint=mint, owner=owner
        )
    )


def begins_mint(mint: Pubkey, authority: Pubkey, program: Pubkey) -> Instruction:
    return token.initialize_mint2(
        models.InitializeMint2Params(
            program_id=program, mint=mint, decimals=DECIMALS, mint_authority=authority
        )
    )


def takes_fee(mint: Pubkey, authority: Pubkey, basis_points: int) -> Instruction:
    """Return what makes a mint of Token-2022 keep a part of each transfer."""
    return token.initialize_transfer_fee_config(
        models.InitializeTransferFeeConfigParams(
            program_id=TOKEN_2022,
            mint=mint,
            transfer_fee_config_authority=authority,
            withdraw_withheld_authority=authority,
            transfer_fee_basis_points=basis_points,
            maximum_fee=PLENTY,
        )
    )


def mints(
    mint: Pubkey, account: Pubkey, authority: Pubkey, units: int, program: Pubkey = TOKEN
) -> Instruction:
    """Return what makes units out of nothing."""
    return token.mint_to_checked(
        models.MintToCheckedParams(
            program_id=program,
            mint=mint,
            dest=account,
            mint_authority=authority,
            amount=units,
            decimals=DECIMALS,
        )
    )


def moves(
    owner: Pubkey,
    source: Pubkey,
    to: Pubkey,
    units: int,
    *,
    mint: Pubkey = USDC,
    program: Pubkey = TOKEN,
) -> Instruction:
    """Return what moves units from one account to another, naming their mint."""
    return token.transfer_checked(
        models.TransferCheckedParams(
            program_id=program,
            source=source,
            mint=mint,
            dest=to,
            owner=owner,
            amount=units,
            decimals=WSOL_DECIMALS if mint == WSOL else DECIMALS,
        )
    )


def moves_plainly(owner: Pubkey, source: Pubkey, to: Pubkey, units: int) -> Instruction:
    """Return what moves units from one account to another and does not say of which mint."""
    return token.transfer(
        models.TransferParams(program_id=TOKEN, source=source, dest=to, owner=owner, amount=units)
    )


def transfer_of_all(owner: Pubkey, signers: list[Pubkey], units: int = 10**10) -> Instruction:
    """Return what empties a multisig's account of USDC into the first signer's own."""
    return token.transfer(
        models.TransferParams(
            program_id=TOKEN,
            source=ata(owner),
            dest=ata(signers[0]),
            owner=owner,
            amount=units,
            signers=signers,
        )
    )


def hands(
    account: Pubkey,
    owner: Pubkey,
    to: Pubkey,
    kind: models.AuthorityType = models.AuthorityType.ACCOUNT_OWNER,
) -> Instruction:
    """Return what gives an account another owner."""
    return token.set_authority(
        models.SetAuthorityParams(
            program_id=TOKEN,
            account=account,
            authority=kind,
            new_authority=to,
            current_authority=owner,
        )
    )


def hands_closing(account: Pubkey, owner: Pubkey, to: Pubkey) -> Instruction:
    """Return what gives somebody the right to close an account."""
    return hands(account, owner, to, models.AuthorityType.CLOSE_ACCOUNT)


def closes(account: Pubkey, owner: Pubkey, to: Pubkey) -> Instruction:
    """Return what closes an account and sends its lamports somewhere."""
    return token.close_account(
        models.CloseAccountParams(program_id=TOKEN, account=account, dest=to, owner=owner)
    )


def burns(account: Pubkey, owner: Pubkey, units: int, mint: Pubkey = USDC) -> Instruction:
    return token.burn_checked(
        models.BurnCheckedParams(
            program_id=TOKEN,
            mint=mint,
            account=account,
            owner=owner,
            amount=units,
            decimals=DECIMALS,
        )
    )


def syncs(account: Pubkey) -> Instruction:
    """Return what makes lamports that came to a wrapping account units of it."""
    return token.sync_native(models.SyncNativeParams(program_id=TOKEN, account=account))


def makes_table(authority: Pubkey, slot: int) -> tuple[Instruction, Pubkey]:
    """Return what makes a lookup table as of a recent slot, and its address."""
    seeds = [bytes(authority), slot.to_bytes(8, "little")]
    table, bump = Pubkey.find_program_address(seeds, LOOKUP_PROGRAM)
    accounts = [
        AccountMeta(table, is_signer=False, is_writable=True),
        AccountMeta(authority, is_signer=True, is_writable=False),
        AccountMeta(authority, is_signer=True, is_writable=True),
        AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
    ]
    data = struct.pack("<IQB", 0, slot, bump)
    return Instruction(LOOKUP_PROGRAM, data, accounts), table


def extends_table(authority: Pubkey, table: Pubkey, addresses: Sequence[Pubkey]) -> Instruction:
    """Return what puts addresses into a lookup table."""
    accounts = [
        AccountMeta(table, is_signer=False, is_writable=True),
        AccountMeta(authority, is_signer=True, is_writable=False),
        AccountMeta(authority, is_signer=True, is_writable=True),
        AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
    ]
    data = struct.pack("<IQ", 2, len(addresses)) + b"".join(bytes(each) for each in addresses)
    return Instruction(LOOKUP_PROGRAM, data, accounts)
