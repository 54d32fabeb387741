"""Rules that ask for the link's password: no dialect can say that, so none writes over it."""

import pytest

from waypost.control.dialects.codeqr import mapping_rules as codeqr
from waypost.control.dialects.codeqr import mapping_smart_rules as codeqr_smart
from waypost.control.dialects.qrsbd import mapping_rules as qrsbd
from waypost.control.dialects.xqr import mapping_rules as xqr
from waypost.rules import Rule, Url
from waypost.rules.model import Country


@pytest.mark.parametrize("password", [True, False])
def test_a_rule_with_a_password_survives_every_dialect(*, password: bool) -> None:
    """A write that dropped the word would open a locked way, or lock an open one."""
    rule = Rule(
        id="lb-1", when=(Country(values=("FR",)),), then=Url("https://example.com/"), password=password
    )
    assert qrsbd.lift([rule]) == []
    assert qrsbd.replaced([rule], []) == (rule,)
    assert not xqr.is_sayable(rule, "UTC")
    assert codeqr.foreign_rules([rule]) == (rule,)
    assert codeqr_smart.lifted(rule) is None
