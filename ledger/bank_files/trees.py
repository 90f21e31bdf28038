"""Trees: an XML file as elements, read without entities, declarations or anything from outside."""

from typing import TYPE_CHECKING

from ledger.errors import Problem

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CUT_OFF = {3, 5}
"""Expat's numbers for a file that ends before its root or inside a token."""

NOT_THE_ENCODING = {4, 18, 19, 30}
"""Expat's numbers for bytes that are no characters of the encoding, or an encoding unknown."""


def tree_of(content: bytes) -> "Element | Problem":
    """Return the root element of an XML file, or what keeps it from being one."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        expected = "XML without a document type, entities or references to other files"
        return Problem(code="xml_unsafe", expected=expected, mend="Ask who sent it what it is.")
    except ParseError as error:
        return _not_well_formed(content, error.code, str(error))
    except (LookupError, ValueError) as error:
        return _encoding_problem(str(error))
    return root


def name_of(element: "Element") -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def namespace_of(element: "Element") -> str:
    """Return an element's namespace, blank where it has none."""
    return element.tag.rpartition("}")[0].removeprefix("{")


def children(element: "Element | None", *path: str) -> "list[Element]":
    """Return the elements at a path below one; a name stands for it in the file's namespace."""
    found = [] if element is None else [element]
    for name in path:
        found = [child for parent in found for child in parent if name_of(child) == name]
    return found


def child(element: "Element | None", *path: str) -> "Element | None":
    """Return the first element at a path, None where there is none."""
    return next(iter(children(element, *path)), None)


def text_at(element: "Element | None", *path: str) -> str:
    """Return the text of the first element at a path without blanks round it; blank if none."""
    found = child(element, *path)
    return "" if found is None else (found.text or "").strip()


def _not_well_formed(content: bytes, number: int, said: str) -> Problem:
    if number in CUT_OFF:
        return Problem(
            code="file_truncated",
            value=said,
            expected="a complete XML file",
            mend="The file was cut off: get it again.",
        )
    if number in NOT_THE_ENCODING and not _is_utf8(content):
        return _encoding_problem(said)
    return Problem(code="file_invalid", value=said, expected="well-formed XML")


def _encoding_problem(said: str) -> Problem:
    return Problem(
        code="encoding_invalid", value=said, expected="text in the encoding that the file declares"
    )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
