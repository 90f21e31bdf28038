"""SGML as OFX 1.x uses it: a header of `KEY:VALUE`, then tags; one round a value need not close.

Law: what holds others closes in its order, or the file is refused; nothing is repaired.
"""

import html
import re
from typing import TYPE_CHECKING

from ledger.errors import Problem

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

HEADER = re.compile(r"\s*(OFXHEADER:.*?)(?=<OFX>)", re.DOTALL | re.ASCII)
SETTING = re.compile(r"([A-Z]+):(\S*)", re.ASCII)
TOKEN = re.compile(r"<(/?)([A-Z0-9.]+)>([^<]*)", re.ASCII)
SHOWN_LENGTH = 40
"""Characters of the file in a message."""

CLOSED = re.compile(r"</([A-Z0-9.]+)>\s*", re.ASCII)
CHARSETS = {"1252": "cp1252", "ISO-8859-1": "latin-1", "8859-1": "latin-1", "NONE": "ascii"}


def tree_of(content: bytes) -> "Element | Problem":
    """Return the root element of an OFX 1.x file, or what keeps it from being one."""
    head = HEADER.match(content.decode("latin-1").removeprefix("\u00ef\u00bb\u00bf"))
    if head is None:
        return _cut_off("a header and then <OFX>")
    encoding = _encoding(dict(SETTING.findall(head[1])))
    try:
        text = content.decode(encoding or "")
    except (LookupError, UnicodeDecodeError):
        expected = f"text encoded as its header says: {' '.join(head[1].split())}"
        return Problem(code="encoding_invalid", expected=expected)
    return _tree(text[text.index("<OFX>") :])


def _encoding(header: dict[str, str]) -> str | None:
    if header.get("ENCODING") in ("UTF-8", "UNICODE"):
        return "utf-8-sig"
    if header.get("ENCODING") == "USASCII":
        return CHARSETS.get(header.get("CHARSET", "NONE"))
    return None


def _tree(text: str) -> "Element | Problem":
    from xml.etree.ElementTree import Element

    text = text.rstrip()
    holder = Element("FILE")
    stack = [holder]
    at = 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            return _invalid(text, at) if ">" in text[at:] else _cut_off("whole tags to the end")
        closes, name, value = token[1], token[2], html.unescape(token[3]).strip()
        if closes:
            if stack[-1].tag != name or value:
                return _invalid(text, at)
            stack.pop()
        else:
            element = Element(name)
            element.text = value
            stack[-1].append(element)
            if not value:
                stack.append(element)
        at = token.end()
        if value and (closed := CLOSED.match(text, at)) and closed[1] == name:
            at = closed.end()
    if len(stack) > 1:
        return _cut_off(f"</{stack[-1].tag}> before the end of the file")
    return holder[0] if len(holder) == 1 else _invalid(text, 0)


def _invalid(text: str, at: int) -> Problem:
    return Problem(
        code="file_invalid",
        value=text[at : at + SHOWN_LENGTH],
        expected="tags in capitals, each that holds others closed in its order",
    )


def _cut_off(expected: str) -> Problem:
    mend = "The file was cut off: get it again."
    return Problem(code="file_truncated", expected=expected, mend=mend)
