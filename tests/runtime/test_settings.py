"""Settings: read once, checked by name, secrets never shown."""

from pathlib import Path

import pytest

from waypost.runtime.settings import CommonSettings, SettingError, load, shown


def test_defaults_are_the_run_contract() -> None:
    """Scripts and people rely on them."""
    settings = load(CommonSettings, {})
    assert (settings.data_dir, settings.control_port, settings.redirect_port) == ("./var", 8000, 8080)
    assert (settings.redirect_admin_port, settings.nats_port, settings.nats_url) == (8081, 4222, "")
    assert settings.allow_private_targets is False


def test_short_links_lead_to_the_edge_of_another_port() -> None:
    """Whoever changes a port alone must not be handed links that nobody answers."""
    assert load(CommonSettings, {"WAYPOST_REDIRECT_PORT": "9000"}).public_url == "http://localhost:9000"
    given = {"WAYPOST_REDIRECT_PORT": "9000", "WAYPOST_PUBLIC_URL": "https://go.example"}
    assert load(CommonSettings, given).public_url == "https://go.example"


def test_values_come_from_the_environment() -> None:
    """The one way in."""
    settings = load(
        CommonSettings,
        {"WAYPOST_CONTROL_PORT": " 9000 ", "WAYPOST_ALLOW_PRIVATE_TARGETS": "On", "WAYPOST_NATS_PORT": ""},
    )
    assert (settings.control_port, settings.allow_private_targets, settings.nats_port) == (9000, True, 4222)


@pytest.mark.parametrize(
    ("name", "value"),
    [("WAYPOST_CONTROL_PORT", "0"), ("WAYPOST_CONTROL_PORT", "eighty"), ("WAYPOST_NATS_PORT", "70000"),
     ("WAYPOST_ALLOW_PRIVATE_TARGETS", "maybe")],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_by_name(name: str, value: str) -> None:
    """The operator must learn which variable to change."""
    with pytest.raises(SettingError) as refused:
        load(CommonSettings, {name: value})
    assert refused.value.name == name
    assert name in str(refused.value)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """Containers hand secrets over as files."""
    secret = tmp_path / "nats"
    secret.write_text("nats://u:p@h:4222\n")
    settings = load(CommonSettings, {"WAYPOST_NATS_URL_FILE": str(secret)})
    assert settings.nats_url == "nats://u:p@h:4222"
    assert shown(settings)["WAYPOST_NATS_URL"] == "***"
    assert "p@h" not in str(shown(settings))


def test_a_secret_given_twice_or_unreadable_is_refused(tmp_path: Path) -> None:
    """Guessing which one was meant would be worse."""
    with pytest.raises(SettingError, match="WAYPOST_NATS_URL_FILE"):
        load(CommonSettings, {"WAYPOST_NATS_URL": "x", "WAYPOST_NATS_URL_FILE": "y"})
    with pytest.raises(SettingError, match="cannot read"):
        load(CommonSettings, {"WAYPOST_NATS_URL_FILE": str(tmp_path / "none")})


def test_a_refused_secret_is_not_repeated() -> None:
    """Error lines end up in logs."""
    with pytest.raises(SettingError) as refused:
        load(CommonSettings, {"WAYPOST_CONTROL_PORT": "x"})
    assert "'x'" in str(refused.value)
