"""How long changes are kept is the operator's; a history that is cut is not rolled back to wrongly."""

from pathlib import Path

import httpx
import msgspec
import pytest
from tests.control.clock import Clock
from tests.control.test_links import make

from waypost.control.core.webhooks import outgoing_policy
from waypost.control.jobs.housekeeping import Housekeeping
from waypost.control.jobs.relay import Relay
from waypost.control.opening import installation
from waypost.control.settings import ControlSettings
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker
from waypost.runtime.settings import SettingError

DAY_S = 24 * 3600


@pytest.mark.parametrize(("days", "left"), [(0, [4, 3, 2, 1]), (10, [4, 3])])
async def test_old_changes_go_and_rollback_knows(
    client: httpx.AsyncClient, database: Database, clock: Clock, broker: Broker, days: int, left: list[int]
) -> None:
    """Half a history would roll back to a state that never was."""
    link = await make(client, title="one")
    url = f"/v1/links/{link['id']}"
    await client.patch(url, json={"title": "two"})
    clock.advance(seconds=20 * DAY_S)
    await client.patch(url, json={"title": "three"})
    await client.patch(url, json={"description": "four"})
    await Housekeeping(database, Relay(database, broker), history_days=days).clear_up()
    history = (await client.get(f"{url}/history")).json()["data"]
    assert [change["version"] for change in history] == left
    back = await client.post(f"{url}/rollback", json={"version": 3})
    assert (back.json()["title"], back.json()["description"]) == ("three", None)
    first = await client.post(f"{url}/rollback", json={"version": 1})
    if days:
        assert (first.status_code, first.json()["code"]) == (404, "change_not_found")
    else:
        assert first.json()["title"] == "one"


def settings(directory: Path, **given: str) -> ControlSettings:
    """Control's settings as they come from the environment."""
    return msgspec.convert({"data_dir": str(directory), **given}, ControlSettings)


def test_outgoing_policy_follows_the_settings(tmp_path: Path) -> None:
    """An operator closes a network or opens a port without touching code; our own ports stay closed."""
    chosen = settings(
        tmp_path,
        outgoing_ports="443, 8443",
        outgoing_refused_ports="9443",
        outgoing_refused_networks="192.0.32.0/20",
    )
    policy = outgoing_policy(installation(chosen))
    assert policy.ports == {443, 8443}
    assert policy.refused_ports == {9443, 8000, 8081, 4222}
    assert [str(network) for network in policy.refused_networks] == ["192.0.32.0/20"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("outgoing_ports", "https"),
        ("outgoing_ports", "0"),
        ("outgoing_refused_ports", "70000"),
        ("outgoing_refused_networks", "10.0.0.1/8"),
    ],
)
def test_bad_outgoing_setting_stops_the_start_by_name(tmp_path: Path, name: str, text: str) -> None:
    """A typo must not open what was meant to be closed."""
    with pytest.raises(SettingError, match=f"WAYPOST_{name.upper()}"):
        installation(settings(tmp_path, **{name: text}))
