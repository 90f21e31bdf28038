"""Attacks on control rows: policies, keys, matches, obligations, months, agreements, evidence."""

from attacks.steps import (
    KEY,
    NO_RIGHT,
    PAYABLE,
    PROOF,
    ROW,
    Attacks,
    Seal,
    confirmation,
    conversion,
    event,
    gone_back,
    match,
    part,
    policy,
    proposed_price,
)

TWO_ROWS = Seal(rows=2)
LATER_TERMS = (
    "INSERT INTO agreement_terms VALUES ('a1', 2, '2023-12-01', NULL, 'variable', 0.3, 0.3, NULL, "
    "NULL, '', {n})"
)
HOLD = (
    "INSERT INTO performance_holds VALUES ('hold', 'a1', NULL, '2023-11-01', 'r', 'link', 1, 2, "
    "NULL, NULL, 'maker', {n})"
)
SHARE = (
    "INSERT INTO obligations (id, kind, payee, commodity, amount, document, period, entry_number, "
    "payable_account, agreement, explanation, change_no) VALUES ('h1', 'maintainer-share', "
    f"'payee', 'USDT', 1, 'd', '2023-10', 1, '{PAYABLE}', 'a1', '', {{n}})"
)

DUE = "INSERT INTO obligation_dues VALUES ('h1', '2023-10-01', 1, 'c', {n})"

ON_ROWS: Attacks = {
    "a policy confirmed by its proposer": (
        [confirmation("maker"), ROW],
        "FS005 segregation: maker",
    ),
    "a policy confirmed in another's name": (
        [confirmation("checker"), Seal(rows=1, claims={"actor": "maker"})],
        "FS005 actor: a row names checker",
    ),
    "a confirmation of nothing": (
        ["INSERT INTO policy_confirmations VALUES ('renewal-price', 9, 'checker', {n})"],
        "FS005 segregation: nobody",
    ),
    "a policy passed off as a default": ([policy(3, "defaults")], "FS005 segregation: policy"),
    "a key confirmed by who enrolled it": (
        [f"INSERT INTO user_key_confirmations VALUES ('{KEY}', 'maker', {{n}})"],
        "FS005 segregation: maker",
    ),
    "matches beyond the line": ([match(2, "41"), Seal(rows=1)], "FS007 match: bank line"),
    "a match of the other sign": ([match(2, "-1")], "FS007 match: bank line"),
    "a match released before it is made": (
        ["INSERT INTO match_releases VALUES ('main/1', 2, 'r', 2, {n})", match(2, "999")],
        "FS007 match: bank line",
    ),
    "a part beyond its obligation": ([part("101")], "FS008 obligation: p1 is no part"),
    "a part of a part": (
        [part("10"), part("5", "p2").replace("'o1'", "'p1'")],
        "FS008 obligation: p2 is no part",
    ),
    "a month closed out of order": (
        [event("2023-05-01", "closed", 1, "maker"), ROW],
        "FS004 period_order: months close",
    ),
    "a month reopened by who closed it": (
        [event("2023-01-01", "reopened", 1, "treasurer")],
        "FS005 segregation: treasurer closed",
    ),
    "a month reopened in another's name": (
        [
            event("2023-01-01", "reopened", 1, "checker"),
            Seal(rows=1, claims={"actor": "treasurer"}),
        ],
        "FS005 actor: a row names checker",
    ),
    "an old month reopened": ([event("2022-12-01", "reopened", 1, "c")], "FS004 only the latest"),
    "a month closed without its balances": (
        [event("2023-02-01", "closed", 1, "maker"), ROW],
        "FS006 checkpoint:",
    ),
    "balances frozen without closing": (
        [
            "INSERT INTO balance_checkpoints VALUES "
            f"('2023-01-01', 1, '{PAYABLE}', '', 'USDT', 5, {{n}})",
            ROW,
        ],
        "FS006 checkpoint: balances are frozen",
    ),
    "evidence under another hash": (
        ["INSERT INTO evidence VALUES ('00', 'f', 't', 1, 'x', {n})"],
        "23514 evidence_content_check",
    ),
    "a month closed twice": (
        [event("2023-01-01", "closed", 2, "maker"), ROW],
        "FS004 period_order: months close",
    ),
    "a month closed under a wrong number": (
        [event("2023-02-01", "closed", 7, "maker"), ROW],
        "FS004 period_order: this is close",
    ),
    "a month closed over balances that are made up": (
        [
            event("2023-02-01", "closed", 1, "maker", "'00'"),
            "INSERT INTO balance_checkpoints VALUES "
            f"('2023-02-01', 1, '{PAYABLE}', '', 'USDT', 5, {{n}})",
            Seal(rows=2),
        ],
        "FS006 checkpoint:",
    ),
    "terms that overlap others": (
        [
            "INSERT INTO agreement_terms VALUES ('a1', 2, '2023-01-01', NULL, 'variable', 0.3, "
            "0.3, NULL, NULL, '', {n})"
        ],
        "FS020 agreement_overlap",
    ),
    "terms of more than the whole": (
        [
            "INSERT INTO agreement_terms VALUES ('a1', 2, '2023-05-01', NULL, 'variable', 2, 2, "
            "NULL, NULL, '', {n})"
        ],
        "23514 agreement_terms_kind_check",
    ),
    "weights that do not sum to one": (
        ["INSERT INTO terms_maintainers VALUES ('a1', 1, 'payee', 0.5, {n})", ROW],
        "FS021 split_invalid",
    ),
    "terms that reach back into a closed month": (
        [
            "INSERT INTO agreement_terms VALUES ('a1', 2, '2022-12-01', '2022-12-31', 'variable', "
            "0.3, 0.3, NULL, NULL, '', {n})"
        ],
        "FS060 retroactive_change: terms of a1",
    ),
    "an end of terms in a closed month": (
        ["INSERT INTO terms_ends VALUES ('a1', 1, '2023-01-15', 'r', 'maker', {n})"],
        "FS060 retroactive_change: terms of a1 would end",
    ),
    "an end of terms before they began": (
        ["INSERT INTO terms_ends VALUES ('a1', 1, '2022-12-31', 'r', 'maker', {n})"],
        "FS060 retroactive_change: terms of a1 would end",
    ),
    "an end of terms in another's name": (
        [
            "INSERT INTO terms_ends VALUES ('a1', 1, '2023-11-30', 'r', 'checker', {n})",
            Seal(rows=1, claims={"actor": "maker"}),
        ],
        "FS005 actor: terms_ends names checker",
    ),
    "a maintainer added to terms that had none": (
        ["INSERT INTO terms_maintainers VALUES ('a1', 1, 'payee', 1, {n})", ROW],
        "FS060 retroactive_change: version 1 of a1",
    ),
    "a rebate added to terms agreed before": (
        [
            "INSERT INTO terms_details VALUES ('a1', 1, NULL, NULL, 0.1, 'foundation', 'payee', "
            "false, NULL, NULL, NULL, {n})",
            ROW,
        ],
        "FS060 retroactive_change: version 1 of a1",
    ),
    "an incentive added to terms agreed before": (
        [
            "INSERT INTO terms_incentives VALUES ('a1', 1, 1, 5, 'HBOT', '2023-10-01', NULL, '', "
            "{n})",
            ROW,
        ],
        "FS060 retroactive_change: version 1 of a1",
    ),
    "a rebate of ours that nobody passes on": (
        [
            "INSERT INTO terms_details VALUES ('a1', 1, NULL, NULL, 0.1, 'foundation', NULL, "
            "false, NULL, NULL, NULL, {n})"
        ],
        "23514 terms_details_rebate_check",
    ),
    "tiers with a gap below the first": (
        [LATER_TERMS, "INSERT INTO terms_tiers VALUES ('a1', 2, 5, 'volume', 0.3, {n})", TWO_ROWS],
        "FS061 rate_invalid: tiers of a1",
    ),
    "tiers beyond the rates of their terms": (
        [LATER_TERMS, "INSERT INTO terms_tiers VALUES ('a1', 2, 0, 'volume', 0.9, {n})", TWO_ROWS],
        "FS061 rate_invalid: tiers of a1",
    ),
    "a share that falls due under a hold, by a day before it": (
        [HOLD, SHARE, DUE, Seal(rows=3)],
        "FS062 performance_hold: h1",
    ),
    "a share that falls due under a hold, checked before the seal": (
        [HOLD, SHARE, DUE, "SET CONSTRAINTS not_under_a_hold IMMEDIATE"],
        "FS062 performance_hold: h1",
    ),
    "a hold without evidence": (
        [HOLD.replace("'link'", "''")],
        "23514 performance_holds_evidence",
    ),
    "a hold placed in another's name": (
        [HOLD.replace("'maker'", "'checker'"), ROW],
        "FS005 actor: performance_holds names checker",
    ),
    "a hold released in another's name": (
        [
            HOLD,
            "INSERT INTO performance_hold_releases VALUES ('hold', '2023-11-03', 'r', 'checker', "
            "{n})",
            TWO_ROWS,
        ],
        "FS005 actor: performance_hold_releases names checker",
    ),
    "a statement accepted twice": (
        ["INSERT INTO statement_acceptances VALUES ('st-1', 'maker', 1, 11, {n})"],
        "FS022 statement: st-1",
    ),
    "a statement rejected once it was accepted": (
        ["INSERT INTO statement_rejections VALUES ('st-1', 'maker', 'r', {n})"],
        "FS022 statement: st-1",
    ),
    "a statement accepted in another's name": (
        ["INSERT INTO statement_acceptances VALUES ('st-3', 'carol', 1, 11, {n})", ROW],
        "FS005 actor: statement_acceptances names carol",
    ),
    "a statement waived in another's name": (
        ["INSERT INTO statement_waivers VALUES ('a1', '2023-11', 'carol', 'r', {n})", ROW],
        "FS005 actor: statement_waivers names carol",
    ),
    "a distribution beyond its proposal": (
        [
            "INSERT INTO distribution_parts VALUES ('part-2', 'hbot/0x1', 'payee', 't', 5, "
            "'2023-10-05', 11, {n})"
        ],
        "FS040 authorisation_exceeded",
    ),
    "a bounty ended twice": (
        ["INSERT INTO bounty_ends VALUES ('bounty-1', 'released', '2023-10-05', '', 1, 11, {n})"],
        "23505 bounty_ends_pkey",
    ),
    "an obligation of nothing": ([part("0")], "23514 obligations_positive_check"),
    "a share adjusted to more than was accrued": (
        ["INSERT INTO obligation_adjustments VALUES ('o1', 1, 1, 2, 'c', {n})"],
        "FS008 obligation: o1 cannot be adjusted",
    ),
    "a share adjusted to less than nothing": (
        ["INSERT INTO obligation_adjustments VALUES ('o1', 1, -101, 2, 'c', {n})"],
        "FS008 obligation: o1 cannot be adjusted",
    ),
    "more going back than is due": (
        gone_back("share:b2", "50.000001"),
        "FS009 due: of share:b2 .* 50.000001 cannot go back",
    ),
    "something falling due again that never went back": (
        gone_back("share:b2", "-1"),
        "FS009 due: of share:b2",
    ),
    "something going back before it fell due": (
        gone_back("o1", "1", "payee"),
        "23503 due_adjustments_obligation_fkey",
    ),
    "something going back of what is claimed": (
        gone_back("share:a3", "1", "alice"),
        "FS009 due: share:a3 is claimed",
    ),
    "something going back of what is paid": (
        gone_back("share:a1", "1", "alice"),
        "FS009 due: share:a1 is claimed",
    ),
    "something going back by an entry of less": (
        gone_back("share:b2", "2", posted="1"),
        "FS009 due: entry .* does not move -2 of share:b2",
    ),
    "something going back without an entry of its own": (
        [
            *gone_back("share:b2", "1"),
            "INSERT INTO due_adjustments VALUES ('share:b2', 2, -1, {e}, 'c', {n})",
        ],
        "23505 due_adjustments_entry_number_key",
    ),
    "a statement taken back under a later version": (
        ["INSERT INTO statement_withdrawals VALUES ('st-1', 'maker', 'r', NULL, {n})"],
        "FS022 statement: a later version",
    ),
    "a write-off confirmed by its proposer": (
        [
            "INSERT INTO write_offs VALUES ('w', 'st-2', 'USDT', 1, 'r', 'maker', {n})",
            "INSERT INTO write_off_confirmations VALUES ('w', 'maker', 2, {n})",
        ],
        "FS005 segregation: maker proposed",
    ),
    "a write-off proposed in another's name": (
        [
            "INSERT INTO write_offs VALUES ('w', 'st-2', 'USDT', 1, 'r', 'checker', {n})",
            Seal(rows=1, claims={"actor": "maker"}),
        ],
        "FS005 actor: write_offs names checker",
    ),
    "a role changed by an upsert": (
        [
            "INSERT INTO users VALUES ('alice', 'auditor', NULL, {n}) "
            "ON CONFLICT (name) DO UPDATE SET role = 'auditor'"
        ],
        NO_RIGHT,
    ),
    "a role changed by a merge": (
        [
            "MERGE INTO users u USING (SELECT 'alice' AS name) s ON u.name = s.name "
            "WHEN MATCHED THEN UPDATE SET role = 'auditor'"
        ],
        NO_RIGHT,
    ),
    "a second role under the same name": (
        ["INSERT INTO users VALUES ('carol', 'treasurer', NULL, {n})"],
        "23505 users_pkey",
    ),
    "a recovery ended by whoever restored the books": (
        [
            "INSERT INTO recoveries VALUES (1, now(), 'maker', 1, '')",
            "INSERT INTO recovery_ends VALUES (1, now(), 'maker', NULL, 'r')",
        ],
        "FS005 segregation: maker restored",
    ),
    "a price that a rule of the house does not have": (
        ["INSERT INTO prices VALUES ('USDC', 'USD', '2023-10-05', 'Policy', 2, {n})"],
        "FS063 price: USDC in USD",
    ),
    "a price of nothing": (
        ["INSERT INTO prices VALUES ('HBOT', 'USD', '2023-10-05', 's', 0, {n})"],
        "23514 prices_positive_check",
    ),
    "a price told another time": (
        [
            "INSERT INTO prices VALUES ('HBOT', 'USD', '2023-10-05', 's', 1, {n})",
            "INSERT INTO prices VALUES ('HBOT', 'USD', '2023-10-05', 's', 2, {n})",
        ],
        "23505 prices_pkey",
    ),
    "an origin of no price": (
        [
            "INSERT INTO price_origins VALUES ('HBOT', 'USD', '2023-10-05', 's', 'p', NULL, "
            f"now(), '{PROOF}', {{n}})"
        ],
        "23503 price_origins_price_fkey",
    ),
    "a price observed after it was taken": (
        [proposed_price().replace("NULL", "now() + interval '1 day'")],
        "23514 price_proposals_moments_check",
    ),
    "a proposed price of nothing": (
        [proposed_price(price="0")],
        "23514 price_proposals_positive_check",
    ),
    "a proposed price without a reason": (
        [proposed_price(reason=" ")],
        "23514 price_proposals_reason_check",
    ),
    "a proposed price that passes for a rule": (
        [proposed_price(price="2", source="policy")],
        "FS063 price: HBOT in USD",
    ),
    "a price proposed in another's name": (
        [proposed_price(who="carol"), ROW],
        "FS005 actor: price_proposals names carol",
    ),
    "a price accepted by its proposer": (
        [proposed_price(), "INSERT INTO price_acceptances VALUES (1, 'maker', {n})"],
        "FS005 segregation: maker proposed",
    ),
    "a price accepted in another's name": (
        [
            proposed_price(),
            "INSERT INTO price_acceptances VALUES (1, 'carol', {n})",
            Seal(rows=2),
        ],
        "FS005 actor: price_acceptances names carol",
    ),
    "a price accepted that nobody proposed": (
        ["INSERT INTO price_acceptances VALUES (9, 'carol', {n})"],
        "FS005 segregation: nobody",
    ),
    "a conversion of lines that nobody matched": (
        [conversion("main/1", "main/2")],
        "FS064 conversion: c",
    ),
    "a conversion of a line into itself": (
        [conversion("main/1", "main/1")],
        "FS064 conversion: c",
    ),
    "a conversion of nothing": (
        [conversion("main/1", "main/1", sold="0")],
        "FS064 conversion: c",
    ),
}
