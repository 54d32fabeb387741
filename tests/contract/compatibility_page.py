"""docs/compatibility.md, made from capabilities.toml: `make docs` writes it, a test compares it."""

import tomllib
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
LISTED = Path(__file__).with_name("capabilities.toml")
PAGE = ROOT / "docs" / "compatibility.md"
HEAD = """# Compatibility

What the five vendors document, number by number, and what of it works here. Each row that works names the tests that
show it; each that does not says why. {served} of {all} rows work, {partly} of them with an exception that the row
names. How to move over stands in [migrate.md](migrate.md). This page is made from
`tests/contract/capabilities.toml` by `make docs`.
"""


class Capability(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from"}):
    """One row: what, by whom it is documented, the tests that show it, what of it is missing and why."""

    what: str
    source: str
    tests: list[str] = []
    missing: str = ""


def capabilities() -> dict[str, dict[str, Capability]]:
    """The rows of each section by their numbers, as the file has them."""
    return msgspec.convert(tomllib.loads(LISTED.read_text()), dict[str, dict[str, Capability]])


def page() -> str:
    """The whole page."""
    sections = capabilities()
    rows = [row for found in sections.values() for row in found.values()]
    served = [row for row in rows if row.tests]
    partly = [row for row in served if row.missing]
    parts = [HEAD.format(served=len(served), all=len(rows), partly=len(partly))]
    for section, found in sections.items():
        parts.append(
            f"\n## {section}\n\n| # | what | documented by | shown by, or why not |\n| --- | --- | --- | --- |\n"
        )
        parts += [
            f"| {number} | {row.what} | {row.source} | {_shown(row)} |\n" for number, row in found.items()
        ]
    return "".join(parts)


def _shown(row: Capability) -> str:
    shown = []
    for test in row.tests:
        file, _, name = test.partition("::")
        shown.append(f"[{name}](../{file})")
    return "<br>".join([*shown, *([row.missing] if row.missing else [])])


if __name__ == "__main__":
    PAGE.write_text(page())
