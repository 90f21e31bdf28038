"""Where controls are recorded: each sealed table whose rows are somebody's word, and how it reads.

Law: one line a table. A row's time and actor are those of the change that sealed it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table of controls; what is not blank is SQL over its row, named `t`."""

    table: str
    action: str
    kind: str
    name: str
    detail: str = "NULL"
    reason: str = "NULL"
    override: str = "false"
    where: str = "true"

    @property
    def whole(self) -> bool:
        """Return whether every row of the table is a control."""
        return self.where == "true"

    def sql(self) -> str:
        """Return the query of the table's controls."""
        return (
            f"SELECT '{self.table}' AS source, t.change_no, {self.action} AS action, "  # noqa: S608 - written below, nothing comes from outside
            f"'{self.kind}' AS object_type, CAST({self.name} AS text) AS object_id, "
            f"CAST({self.detail} AS text) AS detail, CAST({self.reason} AS text) AS reason, "
            f"{self.override} AS override FROM {self.table} t WHERE {self.where}"
        )


def _of(table: str, action: str, kind: str, name: str, **more: str) -> Source:
    return Source(table=table, action=f"'{action}'", kind=kind, name=name, **more)


VERSION = "t.name || ' version ' || t.version"
TERMS = "t.agreement || ' version ' || t.terms_version"
TOKEN = "t.chain || ' ' || t.contract"  # noqa: S105 - a token of a chain

HOLDER = "t.bank_account || ' version ' || t.version"

LINE = "t.batch || '#' || t.line"

SOURCES = (
    _of("users", "grant", "user", "t.name", detail="t.role"),
    _of("user_keys", "enrol", "key", "t.public_key", detail="t.user_name"),
    _of("user_key_confirmations", "confirm", "key", "t.public_key"),
    Source(
        table="policies",
        action="CASE WHEN t.proposed_by = 'defaults' THEN 'load' ELSE 'propose' END",
        kind="policy",
        name=VERSION,
        detail="t.value",
        reason="t.reason",
    ),
    _of("policy_confirmations", "confirm", "policy", VERSION),
    _of("bank_accounts", "add", "account", "t.id", detail="t.address"),
    _of("bank_account_confirmations", "confirm", "account", "t.bank_account"),
    _of("account_holders", "name", "holder", HOLDER, detail="t.holder || ' ' || t.bic"),
    _of("account_holder_confirmations", "confirm", "holder", HOLDER),
    _of("tokens", "add", "token", TOKEN, detail="t.commodity || ' ' || t.decimals"),
    _of("token_confirmations", "confirm", "token", TOKEN),
    _of("destinations", "request", "address", "t.id", detail="t.address"),
    _of("destination_confirmations", "confirm", "address", "t.destination"),
    _of(
        "payee_preferences",
        *("set", "payee", "t.payee"),
        detail="coalesce(t.commodity, 'as owed')",
        reason="t.source",
    ),
    _of("payee_signers", "add", "signer", "t.address", detail="t.payee", reason="t.source"),
    _of("payee_signer_confirmations", "confirm", "signer", "t.address"),
    _of("payout_batches", "freeze", "batch", "t.id", detail="t.content_hash"),
    _of("approvals", "sign", "batch", "t.batch", detail="t.public_key"),
    Source(
        table="batch_events",
        action="t.action",
        kind="batch",
        name="t.batch",
        detail="coalesce(t.files, t.state)",
        reason="t.reason",
    ),
    _of(
        "part_proposals",
        *("propose", "part", "t.batch || ' part ' || t.part"),
        detail="t.transaction_hash",
    ),
    _of("failure_reports", "report failure", "line", LINE, detail="t.evidence", reason="t.reason"),
    _of("line_failures", "fail", "line", LINE, reason="t.reason"),
    _of(
        "price_proposals",
        *("propose", "price", "t.commodity || '/' || t.quote || ' ' || t.\"on\""),
        detail="trim_scale(t.price)",
        reason="t.reason",
        override="true",
    ),
    _of("price_acceptances", "accept", "price", "t.proposal", override="true"),
    Source(
        table="period_events",
        action="t.event",
        kind="month",
        name="to_char(t.period, 'YYYY-MM')",
        detail="t.trial_balance_hash",
        reason="t.reason",
        override="t.event = 'reopened'",
    ),
    _of("statement_acceptances", "accept", "statement", "t.statement"),
    _of("statement_rejections", "reject", "statement", "t.statement", reason="t.reason"),
    _of("statement_withdrawals", "withdraw", "statement", "t.statement", reason="t.reason"),
    _of(
        "statement_waivers",
        *("waive", "statement", "t.agreement || ' ' || t.period"),
        reason="t.reason",
        override="true",
    ),
    _of(
        "statement_acknowledgements",
        *("acknowledge", "statement", "t.statement"),
        reason="t.reason",
        override="true",
    ),
    _of(
        "statement_corrections",
        *("correct", "statement", "t.statement || ' row ' || t.row"),
        detail="trim_scale(t.fee_share)",
        reason="t.reason",
        override="true",
    ),
    _of("terms_ends", "end", "terms", TERMS, detail="t.ends_on", reason="t.reason"),
    _of("performance_holds", "hold", "agreement", "t.agreement", reason="t.reason"),
    _of("performance_hold_releases", "release", "hold", "t.hold", reason="t.reason"),
    _of("write_offs", "propose", "write-off", "t.id", reason="t.reason"),
    _of("write_off_confirmations", "confirm", "write-off", "t.write_off"),
    _of("votes", "tell", "vote", "t.proposal || ' ' || t.number", detail="t.state"),
    _of(
        "proposal_recipients",
        *("list", "recipient", "t.proposal || ' ' || t.payee"),
        detail="trim_scale(t.amount)",
        reason="t.source",
    ),
    _of(
        "purchase_mandates",
        *("allow", "purchase", "t.proposal || ' ' || t.exchange"),
        detail="trim_scale(t.fraction)",
        reason="t.source",
    ),
    Source(
        table="renewal_decisions",
        action="CASE t.outcome WHEN 'waived' THEN 'waive' ELSE 'invoice' END",
        kind="renewal",
        name="t.connector || ' ' || t.year_from",
        detail="t.basis",
    ),
    _of(
        "waiver_overrides",
        *("propose", "waiver", "t.renewal"),
        reason="t.reason",
        override="true",
    ),
    _of("waiver_override_confirmations", "confirm", "waiver", "t.renewal", override="true"),
    _of("match_releases", "unmatch", "bank line", "t.bank_line", reason="t.reason"),
    Source(
        table="bounty_history_decisions",
        action="CASE t.verdict WHEN 'accepted' THEN 'accept' ELSE 'reject' END",
        kind="bounty history",
        name="'row ' || t.row || ' version ' || t.version",
        reason="t.reason",
        override="t.verdict = 'accepted'",
    ),
    _of("personal_erasures", "erase", "file", "t.evidence", reason="t.reason"),
    _of(
        "journal_entries",
        *("reverse", "entry", "t.reverses"),
        detail="t.number",
        reason="t.narration",
        where="t.reverses IS NOT NULL",
    ),
)
"""Every table of controls, in the order of a set of books' life."""
