"""Attacks on what was staged: rows, corrections, warnings, files with user ids."""

from attacks.steps import NO_RIGHT, ROW, Attacks, Seal

OF_A_LINE = (
    "INSERT INTO statement_lines (statement, row, occurrence, fee_share, cells, change_no) "
)
OF_A_STATEMENT = (
    "INSERT INTO statements (id, agreement, period, version, evidence, mapping, mapping_version, "
    "commodity, fee_share, rate, row_count, change_no) SELECT 'st-new', agreement, '2023-08', 1, "
    "evidence, mapping, 1, commodity, {amount}, NULL, {rows}, {n} FROM statements "
    "WHERE id = 'st-1'"
)
OF_A_READING = (
    "INSERT INTO statement_readings (statement, encoding, header, rows_in, rows_skipped, "
    "rows_quarantined, adds, change_no) VALUES ('st-new', 'utf-8', '[]', {rows_in}, 0, 0, false, "
    "{n})"
)


def statement(amount: str, rows: int) -> str:
    return OF_A_STATEMENT.replace("{amount}", amount).replace("{rows}", str(rows))


def reading(rows_in: int) -> str:
    return OF_A_READING.replace("{rows_in}", str(rows_in))


def correction(
    identity: str, row: int, fee_share: str, difference: str, *, by: str = "maker"
) -> str:
    return (
        "INSERT INTO statement_corrections (statement, row, number, fee_share, difference, "
        f"reason, corrected_by, change_no) VALUES ('{identity}', {row}, 1, {fee_share}, "
        f"{difference}, 'r', '{by}', {{n}})"
    )


def acceptance(identity: str) -> str:
    return f"INSERT INTO statement_acceptances VALUES ('{identity}', 'maker', 1, NULL, {{n}})"


ACKNOWLEDGED = (
    "INSERT INTO statement_acknowledgements (statement, number, reason, acknowledged_by, "
    "change_no) VALUES ('st-held', 1, 'r', 'maker', {n})"
)

ON_STATEMENTS: Attacks = {
    "a line added to a statement": (
        [f"{OF_A_LINE} VALUES ('st-3', 9, 1, 5, '[]', {{n}})"],
        "FS024 rows: st-3 takes no more rows",
    ),
    "a line of no statement": (
        [f"{OF_A_LINE} VALUES ('nowhere', 9, 1, 5, '[]', {{n}})"],
        "FS024 rows: nowhere takes no more rows",
    ),
    "a line added to a sealed change": (
        [f"{OF_A_LINE} SELECT id, 9, 1, 5, '[]', change_no FROM statements WHERE id = 'st-3'"],
        "FS003 sealed: rows of statement_lines",
    ),
    "a row set aside afterwards": (
        [
            "INSERT INTO statement_rows_aside (statement, row, state, codes, told, cells, "
            "change_no) VALUES ('st-3', 9, 'skipped', '', 'r', '[]', {n})"
        ],
        "FS024 rows: st-3 takes no more rows",
    ),
    "a statement that does not say how it was read": (
        [statement("0", 0), ROW],
        "FS024 rows: st-new does not say",
    ),
    "a statement of more than its lines": (
        [statement("5", 0), reading(0), Seal(rows=2)],
        "FS024 rows: st-new has",
    ),
    "a statement that counts lines it has not": (
        [statement("0", 3), reading(3), Seal(rows=2)],
        "FS024 rows: st-new has",
    ),
    "a reading that lost rows": (
        [statement("0", 0), reading(2), Seal(rows=2)],
        "FS024 rows: st-new has 2 in",
    ),
    "a correction of an accepted statement": (
        [correction("st-1", 2, "5", "4")],
        "FS022 statement: st-1",
    ),
    "a correction that does not follow on what the row counts": (
        [correction("st-3", 2, "5", "1")],
        "FS024 rows: a correction of row 2 of st-3",
    ),
    "a correction of a row that is not there": (
        [correction("st-3", 99, "5", "5")],
        "FS024 rows: a correction of row 99 of st-3",
    ),
    "a correction to less than nothing": (
        [correction("st-3", 2, "-1", "-2")],
        "23514 statement_corrections_not_negative_check",
    ),
    "a correction in another's name": (
        [correction("st-3", 2, "5", "4", by="checker"), Seal(rows=1, claims={"actor": "maker"})],
        "FS005 actor: statement_corrections names checker",
    ),
    "a statement accepted with rows in quarantine": (
        [acceptance("st-held")],
        "FS022 statement: rows of st-held are in quarantine",
    ),
    "a statement accepted over its warnings": (
        [correction("st-held", 3, "2", "2"), acceptance("st-held")],
        "FS022 statement: nobody has acknowledged",
    ),
    "a statement accepted that misses its file's total": (
        [correction("st-held", 3, "1", "1"), ACKNOWLEDGED, acceptance("st-held")],
        "FS022 statement: st-held does not sum to the total",
    ),
    "warnings acknowledged in another's name": (
        [ACKNOWLEDGED, Seal(rows=1, claims={"actor": "checker"})],
        "FS005 actor: statement_acknowledgements names maker",
    ),
    "warnings acknowledged after the acceptance": (
        [ACKNOWLEDGED.replace("st-held", "st-1")],
        "FS022 statement: st-1",
    ),
    "a file with user ids erased without a word": (
        ["DELETE FROM personal_files"],
        "FS025 erasure: nobody has said why",
    ),
    "an erasure in another's name": (
        [
            "INSERT INTO personal_erasures (evidence, erased_by, reason, change_no) "
            "SELECT evidence, 'checker', 'r', {n} FROM personal_files",
            Seal(rows=1, claims={"actor": "maker"}),
        ],
        "FS005 actor: personal_erasures names checker",
    ),
    "a file with user ids exchanged": (["UPDATE personal_files SET content = 'x'"], NO_RIGHT),
    "a pseudonyms' secret exchanged": (["UPDATE pseudonym_keys SET key = key"], NO_RIGHT),
}
