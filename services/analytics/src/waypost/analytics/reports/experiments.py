"""The figures of an experiment: people per variant, and those of them who converted."""

from waypost.analytics.reports import conversions, experiment
from waypost.analytics.reports.reader import Reader
from waypost.analytics.reports.refusal import Refused
from waypost.analytics.reports.scope import PERSON, Scope
from waypost.wire.queries import ExperimentAnswer, ExperimentQuery

ARMS_MAX = 20


def experiment_report(reader: Reader, query: ExperimentQuery) -> ExperimentAnswer:
    """How the variants of one link do. A person counts once per day and variant, and converts at most once."""
    if len(query.link_ids) != 1:
        raise Refused("bad_scope", "an experiment is of exactly one link", "link_ids")
    if not 0 < query.alpha < 0.5:
        raise Refused("bad_alpha", "alpha lies between 0 and 0.5", "alpha")
    scope = Scope(reader, query)
    column = "rule_id" if query.by == "rule" else "variant_id"
    kind = conversions.SALE if query.goal == "sale" else conversions.LEAD
    seen = f"SELECT {column} AS arm, visitor, id FROM scans WHERE {scope.where()} AND {PERSON} AND {column} <> ''"
    made = (
        f"SELECT DISTINCT scan FROM conversions WHERE kind = {kind} AND workspace = {scope.workspace or 0}"
        " AND scan > 0"
    )
    rows = reader.rows(
        f"SELECT arm, {_people('1 = 1')}, {_people('made.scan > 0')}"
        f" FROM ({seen}) AS seen LEFT JOIN ({made}) AS made ON made.scan = seen.id"
        f" GROUP BY arm ORDER BY arm LIMIT {ARMS_MAX}",
        scope.texts,
    )
    return experiment.decide(
        [(str(arm), int(count), int(converted)) for arm, count, converted in rows], query.alpha
    )


def _people(condition: str) -> str:
    """Visitors that can be told apart, and each scan of those that cannot."""
    return (
        f"count(DISTINCT visitor) FILTER (WHERE visitor <> 0 AND {condition})"
        f" + count(*) FILTER (WHERE visitor = 0 AND {condition})"
    )
