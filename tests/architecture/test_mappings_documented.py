"""Every key of a mapping and every column of a statement stands in docs/mappings.md."""

import re

from architecture.source import ROOT
from ledger.revenue.mapping import schema


def test_every_key_is_documented_with_the_words_of_the_schema_and_no_other() -> None:
    text = (ROOT / "docs" / "mappings.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.*?) \| [^|]* \|$", text, re.MULTILINE))
    assert rows == {key: it["description"] for key, it in schema()["properties"].items()}
    for column in schema()["$defs"]["statement_columns"]["properties"]:
        assert f"`{column}`" in text
