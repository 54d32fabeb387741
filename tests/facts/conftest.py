"""Readers that are opened once for all tests of the facts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]  # netaddr ships no types

from waypost.facts.agent import AgentReader
from waypost.facts.robots import RobotReader

CORPUS = Path(__file__).parent / "corpus"
WriteDatabase = Callable[[Path, dict[str, dict[str, Any]]], None]


def corpus(name: str) -> list[dict[str, Any]]:
    """The entries of one corpus file."""
    entries: list[dict[str, Any]] = json.loads((CORPUS / f"{name}.json").read_text())
    return entries


@pytest.fixture(scope="session")
def robots() -> RobotReader:
    return RobotReader()


@pytest.fixture(scope="session")
def agents(robots: RobotReader) -> AgentReader:
    return AgentReader(robots)


@pytest.fixture(scope="session")
def write_database() -> WriteDatabase:
    """Writes a real MMDB file: networks in CIDR form, each with its record."""

    def write(path: Path, records: dict[str, dict[str, Any]]) -> None:
        writer = MMDBWriter(6, "Waypost-Test", languages=["en"], ipv4_compatible=True)
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        scratch = path.with_suffix(".new")
        writer.to_db_file(str(scratch))
        scratch.replace(path)

    return write
