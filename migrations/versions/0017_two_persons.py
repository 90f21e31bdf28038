"""Two persons for wallets and tokens; keys in one spelling; floors of policies; codes of banks."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key_to, sealed

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

RULES = r"""
SELECT names_its_sealer('bank_account_confirmations', 'confirmed_by');
SELECT names_its_sealer('token_confirmations', 'confirmed_by');

-- The registry that `init` loads (`ledger.tokens.DEFAULT_TOKENS`) needs no second person.
CREATE FUNCTION default_tokens()
    RETURNS TABLE (chain text, chain_id bigint, contract text, commodity text, decimals bigint)
    LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('ethereum', 1, '0xdAC17F958D2ee523a2206206994597C13D831ec7', 'USDT', 6),
        ('ethereum', 1, '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', 'USDC', 6),
        ('ethereum', 1, '0xE5097D9baeAFB89f9bcB78C9290d545dB5f9e9CB', 'HBOT', 18),
        ('ethereum', 1, '', 'ETH', 18),
        ('bsc', 56, '0x55d398326f99059fF775485246999027B3197955', 'USDT', 18),
        ('bsc', 56, '0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d', 'USDC', 18),
        ('bsc', 56, '', 'BNB', 18),
        ('solana', NULL, 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v', 'USDC', 6),
        ('solana', NULL, 'Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB', 'USDT', 6),
        ('solana', NULL, '', 'SOL', 9)
$$;

-- Who added a row is who sealed its change; a change that is still open has no row.
CREATE FUNCTION check_addition_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE added_by text;
BEGIN
    IF TG_TABLE_NAME = 'bank_account_confirmations' THEN
        SELECT c.actor INTO added_by FROM bank_accounts a JOIN changes c ON c.number = a.change_no
            WHERE a.id = to_jsonb(NEW) ->> 'bank_account';
    ELSE
        SELECT c.actor INTO added_by FROM tokens t JOIN changes c ON c.number = t.change_no
            WHERE t.chain = to_jsonb(NEW) ->> 'chain'
                AND t.contract = to_jsonb(NEW) ->> 'contract';
    END IF;
    IF added_by IS NULL OR added_by = NEW.confirmed_by THEN
        RAISE EXCEPTION 'segregation: % added this; another person confirms it',
            coalesce(added_by, 'nobody') USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER two_persons BEFORE INSERT ON bank_account_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_addition_confirmation();
CREATE TRIGGER two_persons BEFORE INSERT ON token_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_addition_confirmation();

-- Auditors look, maintainers are paid: neither makes a batch or confirms an address. A maintainer
-- may ask for one.
CREATE FUNCTION refuse_roles(who text, roles text[]) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM users WHERE name = who AND role = ANY(roles)) THEN
        RAISE EXCEPTION 'segregation: % has a role that only reads', who USING ERRCODE = 'FS005';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION check_batch() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_present(NEW.frozen_at);
    IF NOT EXISTS (SELECT 1 FROM bank_account_confirmations
                   WHERE bank_account = NEW.source_account) THEN
        RAISE EXCEPTION 'unconfirmed: nobody but who added % stands for it', NEW.source_account
            USING ERRCODE = 'FS047';
    END IF;
    PERFORM refuse_roles(NEW.maker, '{auditor,maintainer}');
    RETURN NEW;
END $$;

CREATE FUNCTION check_address_set() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'destinations' THEN
        PERFORM refuse_roles(to_jsonb(NEW) ->> 'requested_by', '{auditor}');
    ELSE
        PERFORM refuse_roles(to_jsonb(NEW) ->> 'confirmed_by', '{auditor,maintainer}');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER not_by_an_auditor BEFORE INSERT ON destinations
    FOR EACH ROW EXECUTE FUNCTION check_address_set();
CREATE TRIGGER not_by_an_auditor BEFORE INSERT ON destination_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_address_set();

CREATE FUNCTION check_line_token() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE on_chain text;
BEGIN
    SELECT chain INTO on_chain FROM payout_batches WHERE id = NEW.batch;
    IF on_chain IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM tokens t WHERE t.chain = on_chain AND t.commodity = NEW.commodity AND (
            EXISTS (SELECT 1 FROM token_confirmations c
                    WHERE c.chain = t.chain AND c.contract = t.contract)
            OR EXISTS (SELECT 1 FROM default_tokens() d
                       WHERE (d.chain, d.contract, d.commodity, d.decimals)
                               = (t.chain, t.contract, t.commodity, t.decimals)
                           AND d.chain_id IS NOT DISTINCT FROM t.chain_id))) THEN
        RAISE EXCEPTION 'unconfirmed: nobody but who added % on % stands for it',
            NEW.commodity, on_chain USING ERRCODE = 'FS047';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER in_confirmed_token BEFORE INSERT ON payout_lines
    FOR EACH ROW EXECUTE FUNCTION check_line_token();

-- Whoever confirms a destination confirms its bank too: both are of one change.
CREATE FUNCTION check_destination_bank() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM destinations WHERE id = NEW.destination AND rail = 'wire'
                       AND change_no = NEW.change_no) THEN
        RAISE EXCEPTION 'destination: the bank of % was not asked for with it', NEW.destination
            USING ERRCODE = 'FS032';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER asked_with_its_account BEFORE INSERT ON destination_banks
    FOR EACH ROW EXECUTE FUNCTION check_destination_bank();

-- A key is Ed25519 in hex, or an address; of an address there is one spelling.
CREATE FUNCTION check_user_key() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.public_key !~ '^([0-9a-f]{64}|0x[0-9a-fA-F]{40})$' THEN
        RAISE EXCEPTION 'key: % is neither an Ed25519 key nor an address', NEW.public_key
            USING ERRCODE = 'FS048';
    END IF;
    IF EXISTS (SELECT 1 FROM user_keys WHERE lower(public_key) = lower(NEW.public_key)
                   AND public_key <> NEW.public_key) THEN
        RAISE EXCEPTION 'key: % is enrolled in another spelling', NEW.public_key
            USING ERRCODE = 'FS048';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER in_one_spelling BEFORE INSERT ON user_keys
    FOR EACH ROW EXECUTE FUNCTION check_user_key();

-- No policy, whoever agrees on it, lets a batch go without a checker or makes a limit of nothing.
CREATE FUNCTION check_policy_floor() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE given jsonb := NEW.value::jsonb;
BEGIN
    IF NEW.name = 'approval-bands' AND (
        jsonb_typeof(given) <> 'array' OR NOT given @> '[{"from": "0"}]' OR EXISTS (
            SELECT 1 FROM jsonb_array_elements(given) band
            WHERE coalesce((band ->> 'checkers')::numeric, 0) < 1
                OR (band ->> 'checkers')::numeric % 1 <> 0)) THEN
        RAISE EXCEPTION 'policy: every batch has a checker' USING ERRCODE = 'FS049';
    END IF;
    IF NEW.name LIKE 'payout-limit-%' AND given #>> '{}' <> 'none'
        AND (given #>> '{}')::numeric <= 0 THEN
        RAISE EXCEPTION 'policy: % is no limit', NEW.value USING ERRCODE = 'FS049';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER above_the_floor BEFORE INSERT ON policies
    FOR EACH ROW EXECUTE FUNCTION check_policy_floor();

GRANT EXECUTE ON FUNCTION default_tokens() TO feeshare_app;
"""


def upgrade() -> None:
    """Create the tables of the second person's words, and the rules."""
    accounts = "bank_account_confirmations"
    op.create_table(
        accounts,
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        *sealed(accounts),
        key_to(accounts, "bank_account", "bank_accounts.id"),
        sa.PrimaryKeyConstraint("bank_account", name=op.f(f"{accounts}_pkey")),
    )
    tokens = "token_confirmations"
    op.create_table(
        tokens,
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        *sealed(tokens),
        sa.ForeignKeyConstraint(
            ["chain", "contract"],
            ["tokens.chain", "tokens.contract"],
            name=op.f(f"{tokens}_chain_contract_fkey"),
        ),
        sa.PrimaryKeyConstraint("chain", "contract", name=op.f(f"{tokens}_pkey")),
    )
    banks = "destination_banks"
    op.create_table(
        banks,
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        *sealed(banks),
        key_to(banks, "destination", "destinations.id"),
        sa.PrimaryKeyConstraint("destination", name=op.f(f"{banks}_pkey")),
    )
    for name in (accounts, tokens, banks):
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
