"""The edge's health and metrics, served by the agent on a port of their own."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from waypost.redirect.agent_state import AgentState
from waypost.redirect.counters import LATENCY_BOUNDS_US, Counters

_COUNTERS = {
    "requests_fast": "Requests answered by the fast lane.",
    "requests_full": "Requests answered by the full lane.",
    "answers_redirect": "Answers that led somewhere.",
    "answers_page": "Answers that showed a page.",
    "answers_not_found": "Answers with 404.",
    "answers_gone": "Answers with 410.",
    "answers_refused": "Other answers with 4xx.",
    "answers_unavailable": "Answers with 5xx.",
    "scans_recorded": "Scans written to the spool.",
    "scans_dropped": "Scans answered and not stored, because the spool had no room.",
    "values_damaged": "Look-ups that met a damaged record.",
    "connections_refused": "Connections over a limit.",
    "connections_timed_out": "Connections closed for being too slow.",
    "headers_known": "Requests whose header block was remembered.",
    "headers_new": "Requests whose header block was read.",
}


class EdgeCollector(Collector):
    """Reads the workers' shared counters and the agent's own state at every scrape."""

    def __init__(self, state: AgentState, pages: dict[int, Counters]) -> None:
        self._state = state
        self._pages = pages

    def collect(self) -> Iterator[Metric]:
        """All metrics of this edge."""
        for name, text in _COUNTERS.items():
            family = CounterMetricFamily(f"waypost_edge_{name}", text, labels=["worker"])
            for index, page in self._pages.items():
                family.add_metric([str(index)], page.get(name))
            yield family
        yield self._latency()
        yield from self._gauges()

    def _latency(self) -> Metric:
        family = HistogramMetricFamily(
            "waypost_edge_answer_seconds", "From a parsed request to its answer.", labels=["worker"]
        )
        for index, page in self._pages.items():
            counts, sum_us = page.latency()
            total, buckets = 0, []
            for bound, count in zip((*LATENCY_BOUNDS_US, None), counts, strict=True):
                total += count
                buckets.append(("+Inf" if bound is None else str(bound / 1e6), total))
            family.add_metric([str(index)], buckets, sum_us / 1e6)
        return family

    def _gauges(self) -> Iterable[Metric]:
        state = self._state
        values = {
            "links_applied_version": ("Version of the link records this edge has.", state.ver),
            "links_count": ("Records this edge has.", state.count),
            "heartbeat_age_seconds": ("Since control was last heard; -1 before.", state.heartbeat_age_s),
            "links_behind": ("Changes this edge lacks by the last heartbeat.", state.behind),
            "resyncs_total": ("Snapshots applied since the agent started.", state.resyncs),
            "records_refused_total": ("Records that must not be served.", state.refused),
            "scans_unshipped": ("Scans the broker does not have yet.", state.unshipped),
            "form_answers_waiting": ("Form answers control does not have yet.", state.form_answers_waiting),
            "spool_bytes": ("Bytes the spools hold, shipped ones included.", state.spool_bytes),
            "spool_bad_frames_total": ("Scans the disk lost before they were shipped.", state.bad_frames),
        }
        for name, (text, value) in values.items():
            yield GaugeMetricFamily(f"waypost_edge_{name}", text, value=value)
        age = GaugeMetricFamily("waypost_edge_spool_unsynced_seconds", "Age of the oldest unsynced scan.")
        age.add_metric(
            [], max((page.get("spool_unsynced_us") for page in self._pages.values()), default=0) / 1e6
        )
        yield age


def application(state: AgentState, pages: dict[int, Counters]) -> Starlette:
    """`/healthz`, `/readyz` and `/metrics`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EdgeCollector(state, pages))

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        problems = state.problems()
        status = 503 if state.ver < 0 else 200
        return JSONResponse({"ready": status == 200, "degraded": problems}, status)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    )
