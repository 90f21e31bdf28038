"""Evidence: files as they came, kept under the SHA-256 of their bytes."""

from hashlib import sha256
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.sealing import Change
from ledger.tables import Evidence

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".txt": "text/plain",
    ".xml": "application/xml",
}


def keep(change: Change, content: bytes, file_name: str) -> str:
    """Keep a file's bytes once and return their SHA-256 (hex)."""
    digest = sha256(content).hexdigest()
    if not is_kept(change.session, content):
        change.add_large(
            Evidence(
                sha256=digest,
                file_name=PurePath(file_name).name,
                media_type=MEDIA_TYPES.get(
                    PurePath(file_name).suffix.lower(), "application/octet-stream"
                ),
                size=len(content),
                content=content,
            )
        )
    return digest


def is_kept(session: Session, content: bytes) -> bool:
    """Return whether these bytes were kept already, under whatever name."""
    kept = select(Evidence.sha256).where(Evidence.sha256 == sha256(content).hexdigest())
    return session.scalar(kept) is not None
