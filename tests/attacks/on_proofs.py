"""Attacks on proofs of a bounty's gates: of gates that were not passed, of other or no files."""

from attacks.steps import KEY, PROOF, Attacks

URL = "https://github.com/owner/name/pull/1"


def passed(digest: str = PROOF) -> str:
    return (
        'INSERT INTO bounty_gates (bounty, gate, evidence, "on", change_no) VALUES '
        f"('bounty-2', 'approved', '{URL} (sha256 {digest})', '2023-10-05', {{n}})"
    )


def proof(digest: str = PROOF, *, gate: str = "approved", at: str = "now()") -> str:
    return (
        f"INSERT INTO bounty_proofs VALUES ('bounty-2', '{gate}', '{digest}', '{URL}', "
        f"'approved', 'file', {at}, {{n}})"
    )


ON_PROOFS: Attacks = {
    "a proof of a gate that was not passed": (
        [proof()],
        "FS250 bounty_proof: bounty-2 did not pass approved",
    ),
    "a proof of another gate than was passed": (
        [passed(), proof(gate="delivered")],
        "FS250 bounty_proof: bounty-2 did not pass delivered",
    ),
    "a proof by another file than the gate names": (
        [passed(KEY), proof()],
        "FS250 bounty_proof: bounty-2 did not pass approved",
    ),
    "a proof by a file that is not kept": (
        [passed(KEY), proof(KEY)],
        "23503 bounty_proofs_evidence_fkey",
    ),
    "a proof that is fetched in a time to come": (
        [passed(), proof(at="now() + interval '1 day'")],
        "FS030 time:",
    ),
}
