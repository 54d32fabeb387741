"""Documentation as a contract: every setting is in docs/settings.md, with its default."""

import importlib
import re
from pathlib import Path

import msgspec

from waypost.runtime.settings import SettingInfo, describe

ROOT = Path(__file__).resolve().parents[2]


def settings_in_code() -> dict[str, SettingInfo]:
    """Every setting that a `settings.py` of a member declares."""
    found: dict[str, SettingInfo] = {}
    for path in sorted(ROOT.glob("*/*/src/waypost/*/settings.py")):
        module = importlib.import_module(f"waypost.{path.parent.name}.settings")
        for kind in vars(module).values():
            if (
                isinstance(kind, type)
                and issubclass(kind, msgspec.Struct)
                and kind.__name__.endswith("Settings")
            ):
                found.update({info.name: info for info in describe(kind)})
    return found


def settings_in_docs() -> dict[str, str]:
    """The rows of the tables in docs/settings.md: name to default."""
    text = (ROOT / "docs" / "settings.md").read_text()
    return dict(re.findall(r"^\| `(WAYPOST_[A-Z_]+)` \| ([^|]*?) \|", text, re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else() -> None:
    """An operator must be able to trust the page."""
    assert set(settings_in_docs()) == set(settings_in_code())


def test_documented_defaults_are_the_defaults() -> None:
    """A wrong default in the docs costs somebody an evening."""
    documented = settings_in_docs()
    for name, info in settings_in_code().items():
        default = {"True": "on", "False": "off", "": "empty"}.get(str(info.default), str(info.default))
        assert documented[name].strip("`") == default, name


def test_every_setting_has_a_sentence() -> None:
    """The sentence is shown beside the name in the docs and at start."""
    for name, info in settings_in_code().items():
        assert info.help.endswith("."), name
