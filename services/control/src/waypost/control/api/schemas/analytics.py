"""Reports as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from waypost.control.api.mapping import always_time
from waypost.control.core.reports import Scoped, change
from waypost.control.model.links import LinkView
from waypost.wire.conversion import Conversions
from waypost.wire.filters import Counts
from waypost.wire.queries import (
    BreakdownAnswer,
    ExperimentAnswer,
    FunnelAnswer,
    SeriesPoint,
    SummaryAnswer,
    UsageMonth,
)


class Money(Struct, frozen=True, kw_only=True):
    """Sales of one currency, in minor units."""

    currency: str
    amount: int


class CountsOut(Struct, frozen=True, kw_only=True):
    """The five figures. `human` leaves bots out; `unique` counts visitors per day."""

    total: int
    human: int
    unique: int
    bot: int
    qr: int


class ConversionsOut(Struct, frozen=True, kw_only=True):
    """What scans led to."""

    leads: int
    sales: int
    amounts: list[Money]


class Trend(Struct, frozen=True, kw_only=True):
    """The period before, and the change in per cent; null when there was nothing before."""

    previous: CountsOut
    total_change: float | None
    human_change: float | None
    unique_change: float | None


class Summary(Struct, frozen=True, kw_only=True):
    """Counts in a period of whole hours."""

    start: datetime
    end: datetime
    total: int
    human: int
    unique: int
    bot: int
    qr: int
    links: int
    conversions: ConversionsOut
    trend: Trend | None


class Point(Struct, frozen=True, kw_only=True):
    """One step of a series."""

    start: datetime
    total: int
    human: int
    unique: int
    bot: int
    qr: int


class Series(Struct, frozen=True, kw_only=True):
    """Steps without gaps, in order."""

    start: datetime
    end: datetime
    granularity: str
    zone: str
    data: list[Point]


class BreakdownRowOut(Struct, frozen=True, kw_only=True):
    """One value of each dimension, its counts, and its share of all people in per cent."""

    values: dict[str, str]
    total: int
    human: int
    unique: int
    bot: int
    qr: int
    share: float
    conversions: ConversionsOut | None


class Breakdown(Struct, frozen=True, kw_only=True):
    """A page of rows, and the counts of everything in scope."""

    start: datetime
    end: datetime
    overall: CountsOut
    rows_total: int
    data: list[BreakdownRowOut]


class TopLink(Struct, frozen=True, kw_only=True):
    """A link and its counts. A deleted one has no name any more."""

    link_id: str
    short_url: str | None
    title: str | None
    target_url: str | None
    total: int
    human: int
    unique: int
    bot: int
    qr: int


class TopLinks(Struct, frozen=True, kw_only=True):
    """Most people first."""

    start: datetime
    end: datetime
    data: list[TopLink]


class Funnel(Struct, frozen=True, kw_only=True):
    """The steps from a request to a sale."""

    start: datetime
    end: datetime
    total: int
    human: int
    unique: int
    leads: int
    buyers: int
    sales: int
    amounts: list[Money]


class ArmOut(Struct, frozen=True, kw_only=True):
    """One variant. The rate lies between `rate_low` and `rate_high`, whenever one looks."""

    variant: str
    people: int
    converted: int
    rate: float
    rate_low: float
    rate_high: float


class Experiment(Struct, frozen=True, kw_only=True):
    """`winner` is null while there is none beyond doubt; `people_needed` guesses how many more it takes."""

    start: datetime
    end: datetime
    winner: str | None
    p_value: float
    people_needed: int
    variants: list[ArmOut]


class UsageMonthOut(Struct, frozen=True, kw_only=True):
    """A month as `2026-11`."""

    month: str
    human: int


class UsageMonths(Struct, frozen=True, kw_only=True):
    """Newest first."""

    data: list[UsageMonthOut]


def to_counts(counts: Counts) -> CountsOut:
    """The five figures as JSON."""
    return CountsOut(
        total=counts.total, human=counts.human, unique=counts.unique, bot=counts.bot, qr=counts.qr
    )


def to_conversions(made: Conversions) -> ConversionsOut:
    """Leads and sales as JSON."""
    return ConversionsOut(leads=made.leads, sales=made.sales, amounts=to_money(made.amounts))


def to_money(amounts: Sequence[tuple[str, int]]) -> list[Money]:
    """Amounts per currency as JSON."""
    return [Money(currency=currency, amount=amount) for currency, amount in amounts]


def to_summary(scope: Scoped, answer: SummaryAnswer) -> Summary:
    """A summary as JSON."""
    trend = None
    if (before := answer.previous) is not None:
        trend = Trend(
            previous=to_counts(before),
            total_change=change(answer.total, before.total),
            human_change=change(answer.human, before.human),
            unique_change=change(answer.unique, before.unique),
        )
    return Summary(
        start=always_time(scope.from_ms),
        end=always_time(scope.to_ms),
        total=answer.total,
        human=answer.human,
        unique=answer.unique,
        bot=answer.bot,
        qr=answer.qr,
        links=answer.links,
        conversions=to_conversions(answer.conversions),
        trend=trend,
    )


def to_series(scope: Scoped, granularity: str, points: Sequence[SeriesPoint]) -> Series:
    """A series as JSON."""
    data = [
        Point(
            start=always_time(point.start_ms),
            total=point.counts.total,
            human=point.counts.human,
            unique=point.counts.unique,
            bot=point.counts.bot,
            qr=point.counts.qr,
        )
        for point in points
    ]
    start, end = always_time(scope.from_ms), always_time(scope.to_ms)
    return Series(start=start, end=end, granularity=granularity, zone=scope.zone, data=data)


def to_breakdown(scope: Scoped, dimensions: Sequence[str], answer: BreakdownAnswer) -> Breakdown:
    """A breakdown as JSON."""
    people = answer.overall.human
    data = [
        BreakdownRowOut(
            values=dict(zip(dimensions, row.values, strict=True)),
            total=row.counts.total,
            human=row.counts.human,
            unique=row.counts.unique,
            bot=row.counts.bot,
            qr=row.counts.qr,
            share=round(row.counts.human / people * 100, 1) if people else 0.0,
            conversions=to_conversions(row.conversions) if row.conversions is not None else None,
        )
        for row in answer.rows
    ]
    return Breakdown(
        start=always_time(scope.from_ms),
        end=always_time(scope.to_ms),
        overall=to_counts(answer.overall),
        rows_total=answer.rows_total,
        data=data,
    )


def to_top_links(scope: Scoped, answer: BreakdownAnswer, views: Mapping[str, LinkView]) -> TopLinks:
    """Top links as JSON, with the names of those that still exist."""
    data = []
    for row in answer.rows:
        link_id, view = row.values[0], views.get(row.values[0])
        data.append(
            TopLink(
                link_id=link_id,
                short_url=view.short_url if view else None,
                title=(view.link.title or None) if view else None,
                target_url=view.link.target_url if view else None,
                total=row.counts.total,
                human=row.counts.human,
                unique=row.counts.unique,
                bot=row.counts.bot,
                qr=row.counts.qr,
            )
        )
    return TopLinks(start=always_time(scope.from_ms), end=always_time(scope.to_ms), data=data)


def to_funnel(scope: Scoped, answer: FunnelAnswer) -> Funnel:
    """A funnel as JSON."""
    return Funnel(
        start=always_time(scope.from_ms),
        end=always_time(scope.to_ms),
        total=answer.total,
        human=answer.human,
        unique=answer.unique,
        leads=answer.leads,
        buyers=answer.buyers,
        sales=answer.sales,
        amounts=to_money(answer.amounts),
    )


def to_experiment(span: tuple[int, int], answer: ExperimentAnswer) -> Experiment:
    """An experiment as JSON."""
    arms = [
        ArmOut(
            variant=arm.variant,
            people=arm.people,
            converted=arm.converted,
            rate=round(arm.rate, 6),
            rate_low=round(arm.rate_low, 6),
            rate_high=round(arm.rate_high, 6),
        )
        for arm in answer.arms
    ]
    return Experiment(
        start=always_time(span[0]),
        end=always_time(span[1]),
        winner=answer.winner,
        p_value=answer.p_value,
        people_needed=answer.people_needed,
        variants=arms,
    )


def to_usage(months: Sequence[UsageMonth]) -> UsageMonths:
    """Usage as JSON."""
    data = [
        UsageMonthOut(month=f"{each.month // 12:04d}-{each.month % 12 + 1:02d}", human=each.human)
        for each in months
    ]
    return UsageMonths(data=data)
