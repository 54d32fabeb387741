"""docs/settings.md, made from the settings themselves: `make docs` writes it, a test compares it."""

import importlib
from pathlib import Path

import msgspec

from waypost.runtime.settings import CommonSettings, SettingInfo, describe

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Every setting is an environment variable. `NAME_FILE` may name a file that holds the value instead, as
container secrets do; a setting that is empty counts as unset. A value that does not fit ends the start with
one line that names the variable. This page is made from the code by `make docs`.
"""
SHOWN = {"True": "on", "False": "off", "": "empty"}


def settings_by_service() -> dict[str, tuple[SettingInfo, ...]]:
    """The settings every service has, then those of each service alone."""
    shared = describe(CommonSettings)
    names = {info.name for info in shared}
    found = {"Everywhere": shared}
    for path in sorted(ROOT.glob("services/*/src/waypost/*/settings.py")):
        service = path.parent.name
        module = importlib.import_module(f"waypost.{service}.settings")
        own: dict[str, SettingInfo] = {}
        for kind in vars(module).values():
            if (
                isinstance(kind, type)
                and issubclass(kind, msgspec.Struct)
                and kind.__name__.endswith("Settings")
            ):
                own.update({info.name: info for info in describe(kind) if info.name not in names})
        found[service.capitalize()] = tuple(own.values())
    return found


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, settings in settings_by_service().items():
        parts.append(f"\n## {title}\n\n| setting | default | meaning |\n| --- | --- | --- |\n")
        for info in settings:
            default = SHOWN.get(str(info.default), str(info.default))
            parts.append(f"| `{info.name}` | {default} | {info.help} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
