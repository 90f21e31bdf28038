"""Rails by name."""

import pytest

from ledger.errors import UnknownReference
from payouts.rails.registry import rail_named


def test_rails_are_found_by_name() -> None:
    rails = [rail_named("safe"), rail_named("wire")]
    assert [rail.name for rail in rails] == ["safe", "wire"]
    with pytest.raises(UnknownReference, match="cash"):
        rail_named("cash")
