"""Settings: one frozen Struct per service, read from the environment once, at start.

A field is declared as `Annotated[int, setting("WAYPOST_CONTROL_PORT", "Port of the API.", ge=1)]`
with its default. `NAME_FILE` may name a file that holds the value, as container secrets do.
This is the only module that reads the environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

SETTING_FILE_BYTES_MAX = 64 * 1024
"""A setting's file is a secret or a list, never a data file."""

_TRUE = frozenset({"1", "true", "on", "yes"})
_FALSE = frozenset({"0", "false", "off", "no", ""})

SettingsT = TypeVar("SettingsT", bound=Struct)


class SettingError(ValueError):
    """A setting that cannot be used: its name and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class SettingInfo(Struct, frozen=True):
    """One documented setting, for the start-up line and for the test that compares the docs."""

    name: str
    field: str
    default: object
    help: str
    secret: bool


def setting(name: str, help: str, *, secret: bool = False, **constraints: Any) -> Meta:  # noqa: A002 - the word everyone uses
    """Describe a field: its variable, one sentence, and msgspec constraints such as `ge=1`."""
    return Meta(description=help, extra={"name": name, "secret": secret}, **constraints)


class CommonSettings(Struct, frozen=True, kw_only=True):
    """What every service needs to know."""

    data_dir: Annotated[
        str,
        setting(
            "WAYPOST_DATA_DIR", "All state of all services; deleting it is a factory reset.", min_length=1
        ),
    ] = "./var"
    qr_marker: Annotated[
        str,
        setting(
            "WAYPOST_QR_MARKER", "Query that tells a scan from a click and is removed; empty turns it off."
        ),
    ] = "qr=1"
    nats_url: Annotated[
        str,
        setting("WAYPOST_NATS_URL", "The broker; empty lets `make run` start its own server.", secret=True),
    ] = ""
    nats_port: Annotated[
        int, setting("WAYPOST_NATS_PORT", "Port of the server that `make run` starts.", ge=1, le=65535)
    ] = 4222
    public_url: Annotated[
        str,
        setting(
            "WAYPOST_PUBLIC_URL", "How short URLs are written; empty means localhost and the edge's port."
        ),
    ] = ""
    nats_monitor_url: Annotated[
        str,
        setting(
            "WAYPOST_NATS_MONITOR_URL",
            "Monitoring address of the broker in WAYPOST_NATS_URL; empty means its host, port 8222.",
        ),
    ] = ""
    control_port: Annotated[
        int,
        setting("WAYPOST_CONTROL_PORT", "Port of the control API, dashboard and dialects.", ge=1, le=65535),
    ] = 8000
    redirect_port: Annotated[
        int, setting("WAYPOST_REDIRECT_PORT", "Port of the public edge.", ge=1, le=65535)
    ] = 8080
    redirect_admin_port: Annotated[
        int,
        setting(
            "WAYPOST_REDIRECT_ADMIN_PORT",
            "Port of the edge's health and metrics, on loopback.",
            ge=1,
            le=65535,
        ),
    ] = 8081
    redirect_workers: Annotated[
        int,
        setting("WAYPOST_REDIRECT_WORKERS", "Edge worker processes; 0 means one per core.", ge=0, le=256),
    ] = 0
    trusted_proxies: Annotated[
        str,
        setting(
            "WAYPOST_TRUSTED_PROXIES",
            "Comma-separated CIDRs whose X-Forwarded-For and country header are believed.",
        ),
    ] = ""
    allow_private_targets: Annotated[
        bool,
        setting(
            "WAYPOST_ALLOW_PRIVATE_TARGETS",
            "Destinations and outgoing calls may use private and loopback addresses.",
        ),
    ] = False
    assets_dir: Annotated[
        str,
        setting(
            "WAYPOST_ASSETS_DIR",
            "Directory of assets, written by control and read by edges; empty means `assets` in the data directory.",
        ),
    ] = ""
    assets_url: Annotated[
        str,
        setting(
            "WAYPOST_ASSETS_URL",
            "Where the public is shown published assets of a bucket, such as https://cdn.example.com; empty means "
            "the edges serve them.",
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Fill in what depends on another setting."""
        if not self.public_url:
            msgspec.structs.force_setattr(self, "public_url", f"http://localhost:{self.redirect_port}")


def load(kind: type[SettingsT], environment: Mapping[str, str] | None = None) -> SettingsT:
    """Read a settings Struct from the environment (the process's own when none is given).

    Raises SettingError naming the variable when a value does not fit or its file cannot be read.
    """
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for info, annotation in _declared(kind):
        text = _text(info.name, source)
        if not text:  # unset and empty are the same, as compose files cannot unset
            continue
        values[info.field] = _convert(info, annotation, text)
    return msgspec.convert(values, kind)


def environment_for_child(**changes: str) -> dict[str, str]:
    """This process's environment for a child of ours, with some variables set.

    A variable that is set here replaces its `_FILE` variant too.
    """
    replaced = {f"{name}_FILE" for name in changes}
    return {name: value for name, value in os.environ.items() if name not in replaced} | changes


def describe(kind: type[Struct]) -> tuple[SettingInfo, ...]:
    """Every setting of a Struct, in the order of its fields."""
    return tuple(info for info, _ in _declared(kind))


def shown(values: Struct) -> dict[str, object]:
    """The settings in force, by variable name, with secrets that are set replaced by `***`."""
    result: dict[str, object] = {}
    for info, _ in _declared(type(values)):
        value = getattr(values, info.field)
        result[info.name] = "***" if info.secret and value else value
    return result


def _declared(kind: type[Struct]) -> list[tuple[SettingInfo, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    declared = []
    for item in msgspec.structs.fields(kind):
        hint = hints[item.name]
        metas = (
            [part for part in get_args(hint) if isinstance(part, Meta)]
            if get_origin(hint) is Annotated
            else []
        )
        extra = metas[0].extra if metas else None
        if not metas or extra is None:
            raise TypeError(f"{kind.__name__}.{item.name} is not declared with setting(…)")
        info = SettingInfo(
            extra["name"], item.name, item.default, metas[0].description or "", extra["secret"]
        )
        declared.append((info, hint))
    return declared


def _text(name: str, source: Mapping[str, str]) -> str | None:
    path = source.get(f"{name}_FILE")
    if not path:
        return source.get(name)
    if name in source:
        raise SettingError(name, f"set together with {name}_FILE; keep one of them")
    try:
        with Path(path).open("rb") as file:
            raw = file.read(SETTING_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise SettingError(f"{name}_FILE", f"cannot read {path}: {error.strerror}") from error
    if len(raw) > SETTING_FILE_BYTES_MAX:
        raise SettingError(f"{name}_FILE", f"{path} is larger than {SETTING_FILE_BYTES_MAX} bytes")
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise SettingError(f"{name}_FILE", f"{path} is not UTF-8 text") from error


def _convert(info: SettingInfo, hint: Any, text: str) -> object:
    target = get_args(hint)[0]
    value: object = text.strip()
    if target is bool:
        lowered = text.strip().lower()
        if lowered not in _TRUE | _FALSE:
            raise SettingError(info.name, f"is {text!r}, but must be on or off")
        value = lowered in _TRUE
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        shown_value = "its value" if info.secret else repr(text)
        raise SettingError(info.name, f"{shown_value} does not fit: {error}") from error
