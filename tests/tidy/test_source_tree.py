"""The style guide as tests: what review would say twice is said here once."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
BANNED_MODULE_NAMES = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "kit", "tools", "stuff"}
)
# The words are put together here, so that this file does not hold what it forbids.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("deb", "debian", "org"),
            ("crates", "io"),
            ("yarnpkg", "com"),
        )
    )
)
MACHINE_PATHS = re.compile(r"(?:^|[^A-Za-z0-9_.-])/(?:work|farm|root|home/[a-z]+)/")
EXEMPT_FROM_LENGTH: frozenset[str] = frozenset()


@cache
def tracked() -> tuple[Path, ...]:
    """Every file git would commit, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file())


def text_files() -> list[tuple[Path, str]]:
    """Tracked files that are text, with their text."""
    found = []
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw[:8000]:
            found.append((path, raw.decode("utf-8", "replace")))
    return found


def python_files() -> list[Path]:
    """Tracked Python modules."""
    return [path for path in tracked() if path.suffix == ".py"]


def shown(path: Path) -> str:
    """The path as a person writes it."""
    return str(path.relative_to(ROOT))


def test_no_module_is_too_long() -> None:
    """A module is one concept; at 500 lines it is more than one."""
    long = {
        shown(path): lines
        for path in python_files()
        if (lines := len(path.read_text().splitlines())) > MODULE_LINES_MAX
        and shown(path) not in EXEMPT_FROM_LENGTH
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    """A function fits on a screen."""
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{shown(path)}:{node.name}"] = lines
    assert long == {}


def test_no_module_is_a_drawer() -> None:
    """A drawer named utils never stops filling."""
    drawers = [shown(path) for path in python_files() if path.stem in BANNED_MODULE_NAMES]
    assert drawers == []


def test_the_namespace_has_no_owner() -> None:
    """One `waypost/__init__.py` would hide every other member (PEP 420)."""
    owners = [shown(path) for path in python_files() if path.parts[-2:] == ("waypost", "__init__.py")]
    assert owners == []


def test_only_the_settings_module_reads_the_environment() -> None:
    """Everything else is given values, so that a setting can be found in one place."""
    readers = [
        shown(path)
        for path in python_files()
        if "src" in path.parts
        and re.search(r"\bos\.(environ|getenv)\b", path.read_text())
        and path.parts[-2:] != ("runtime", "settings.py")
    ]
    assert readers == []


def test_no_registry_host_and_no_machine_path_in_any_file() -> None:
    """Any mirror can serve the locks, and a clone runs anywhere."""
    found = [
        f"{shown(path)}: {match[0].strip()}"
        for path, text in text_files()
        for pattern in (REGISTRY_HOSTS, MACHINE_PATHS)
        if (match := pattern.search(text))
    ]
    assert found == []


def test_every_suppression_says_why() -> None:
    """A silenced check without a reason is a check nobody will ever turn on again."""
    bare = []
    for path in python_files():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not re.search(r"#\s*(noqa|type:\s*ignore)\b", line):
                continue
            reason = re.sub(
                r"#\s*(noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|type:\s*ignore(\[[a-z, -]+\])?)", "", line
            )
            comment = reason.split("#", 1)[1:] or reason.split(" - ", 1)[1:]
            if not comment or len(comment[0].strip()) < 4:
                bare.append(f"{shown(path)}:{number}")
    assert bare == []


@pytest.mark.parametrize(
    "path", [path for path in python_files() if path.name.startswith("test_")], ids=shown
)
def test_every_test_says_why_it_matters(path: Path) -> None:
    """The name tells the behaviour; the docstring tells who would be hurt without it."""
    silent = [
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_package_module_says_what_it_is_for() -> None:
    """The first sentence of a module is how a reader finds things."""
    silent = [
        shown(path)
        for path in python_files()
        if "src" in path.parts
        and path.read_text().strip()
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_the_changelog_has_an_unreleased_part() -> None:
    """Keep a Changelog: the next release is always being written."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[Unreleased\]$", changelog, re.MULTILINE)
    assert set(re.findall(r"^### (.+)$", changelog, re.MULTILINE)) <= {
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    }
