"""Leads and sales, what they belong to, and what they say about variants."""

from typing import Any

import pytest
from tests.analytics.counting import Bench
from tests.analytics.scans import DAY_MS, NOON_MS, identity, scan

from waypost.analytics.reports import conversions, summary
from waypost.analytics.reports.breakdown import breakdown
from waypost.analytics.reports.experiments import experiment_report
from waypost.analytics.reports.refusal import Refused
from waypost.wire.conversion import Conversions, ConversionsQuery, RecordConversion
from waypost.wire.filters import Filter
from waypost.wire.queries import BreakdownQuery, ExperimentQuery, FunnelQuery, SummaryQuery

SPAN: dict[str, Any] = {
    "workspace_id": identity(1001),
    "from_ms": NOON_MS - DAY_MS,
    "to_ms": NOON_MS + DAY_MS,
}


def lead(click: str, number: int, **more: object) -> RecordConversion:
    values: dict[str, object] = {
        "workspace_id": identity(1001), "conversion": "lead", "external_id": f"lead-{number}", "at_ms": NOON_MS + 5,
        "event_name": "signup", "click_id": click, "customer_id": f"customer-{number}",
    }  # fmt: skip
    return RecordConversion(**{**values, **more})  # type: ignore[arg-type]  # test keywords go straight into the message


def test_conversions_count_once_and_belong_to_link_and_variant(bench: Bench) -> None:
    """Shops retry; a sale that counts twice is a lie in money."""
    clicks = [bytes([n]) * 8 for n in range(1, 5)]
    bench.count_scans(
        [
            scan(1, n + 1, variant_id="ab"[n % 2], click_id=click, country="DE")
            for n, click in enumerate(clicks)
        ]
    )
    first = bench.commands.carry_out(lead(clicks[0].hex(), 1))
    assert (first.is_new, first.link_id, first.variant_id, first.scan_id) == (True, identity(1), "a", 1)
    again = bench.commands.carry_out(lead(clicks[1].hex(), 1))
    assert (again.is_new, again.id, again.scan_id) == (False, first.id, 1)
    sale = bench.commands.carry_out(
        lead(
            "",
            1,
            conversion="sale",
            external_id="invoice-1",
            customer_id="customer-1",
            amount=1999,
            currency="eur",
        )
    )
    assert (sale.is_new, sale.link_id, sale.click_id) == (True, identity(1), clicks[0].hex())
    bench.commands.carry_out(
        lead(clicks[2].hex(), 3, conversion="sale", external_id="invoice-2", amount=500, currency="usd")
    )
    with pytest.raises(Refused, match="no scan"):
        bench.commands.carry_out(lead("ff" * 8, 9))
    for click in ("ab cd", " abc", "abc", "zz"):
        with pytest.raises(Refused, match="hexadecimal"):
            bench.commands.carry_out(lead(click, 9))
    orphan = bench.commands.carry_out(lead("", 10, customer_id="nobody"))
    assert (orphan.is_new, orphan.link_id) == (True, b"")

    with bench.reader() as reader:
        made = summary.summary(
            reader, SummaryQuery(**SPAN, filters=(Filter("country", ("DE",)),))
        ).conversions
        assert made == Conversions(1, 2, (("eur", 1999), ("usd", 500)))
        rows = breakdown(reader, BreakdownQuery(**SPAN, dimensions=("variant",), conversions=True)).rows
        assert {row.values[0]: row.conversions for row in rows} == {
            "a": Conversions(1, 2, (("eur", 1999), ("usd", 500))),
            "b": Conversions(),
        }
        steps = summary.funnel(reader, FunnelQuery(**SPAN))
        assert (steps.human, steps.leads, steps.buyers, steps.sales) == (4, 2, 2, 2)
        page = conversions.page(reader, ConversionsQuery(**SPAN, limit=3))
        assert [each.external_id for each in page.conversions] == ["lead-10", "invoice-2", "invoice-1"]
        rest = conversions.page(reader, ConversionsQuery(**SPAN, before=page.cursor))
        assert [each.external_id for each in rest.conversions] == ["lead-1"]


def test_experiment_counts_people_and_withholds_a_winner(bench: Bench) -> None:
    """Forty visitors are no evidence."""
    bench.count_scans(
        [scan(1, n + 1, variant_id="ab"[n % 2], click_id=n.to_bytes(8, "big")) for n in range(40)]
    )
    for n in (1, 3, 4):
        bench.commands.carry_out(lead(n.to_bytes(8, "big").hex(), n))
    with bench.reader() as reader:
        answer = experiment_report(reader, ExperimentQuery(**SPAN, link_ids=(identity(1),)))
    assert [(arm.variant, arm.people, arm.converted) for arm in answer.arms] == [("a", 20, 1), ("b", 20, 2)]
    assert answer.winner is None
