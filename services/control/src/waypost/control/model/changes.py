"""Changes: who did what to which thing, and every member's value before and after."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

_UNTOLD = frozenset({"updated_ms", "version", "digest", "slug_key", "password_version"})
_MASKED = frozenset({"password_hash", "token"})


class Change(Struct, frozen=True, kw_only=True):
    """One write. `diff` maps each changed member to its value before and after."""

    id: str
    workspace_id: str
    created_ms: int
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    kind: str
    subject_id: str
    version: int = 0
    """The version of the thing behind this change, 0 for things that have none."""
    diff: dict[str, tuple[Any, Any]] = msgspec.field(default_factory=dict)


def diff_of(before: Struct | None, after: Struct | None) -> dict[str, tuple[Any, Any]]:
    """What differs, as plain JSON; of secrets only whether they are set. A missing side is null in every member."""
    old, new = _plain(before), _plain(after)
    if not old:
        return {name: (None, each) for name, each in new.items() if each is not None}
    names = [*new, *(name for name in old if name not in new)]
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _plain(value: Struct | None) -> Mapping[str, Any]:
    if value is None:
        return {}
    plain: dict[str, Any] = msgspec.to_builtins(value)
    for name in _UNTOLD & plain.keys():
        del plain[name]
    for name in _MASKED & plain.keys():
        plain[name] = bool(plain[name])
    return plain
