"""`make bench`: run every bench_*.py (or those named) and write docs/benchmarks.md.

Each module has `run() -> list[Section]`. A name runs one alone: `python -m tests.bench edge`; its
sections then replace the old ones of the same title and the rest of the page stays.
"""

import importlib
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.report import ROOT, Section, commit, machine

PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `make bench`. Absolute figures belong to one machine on one day; the ratios were taken against a
peer in the same run and travel better. Every section says when, at which commit and on what it was measured.
"""


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them, and write the page after each."""
    here = Path(__file__).parent
    wanted = names or sorted(path.stem.removeprefix("bench_") for path in here.glob("bench_*.py"))
    for name in wanted:
        print(f"bench: {name}", flush=True)
        sections: list[Section] = importlib.import_module(f"tests.bench.bench_{name}").run()
        stamp = f"*{datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine()}*"
        for section in sections:
            text = section.markdown()
            print(text, end="\n\n", flush=True)
            replace(section.title, text.replace("\n\n", f"\n\n{stamp}\n\n", 1))
    return 0


def replace(title: str, text: str) -> None:
    """Put a section in the page, in place of the old one of that title or at the end."""
    page = PAGE.read_text() if PAGE.exists() else HEAD
    old = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    page = page[: old.start()] + text + "\n\n" + page[old.end() :] if old else f"{page.rstrip()}\n\n{text}\n"
    PAGE.write_text(page.rstrip() + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
