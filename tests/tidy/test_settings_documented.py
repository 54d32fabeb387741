"""Documentation as a contract: docs/settings.md says what the code says."""

from tests.tidy.settings_page import PAGE, page, settings_by_service


def test_the_page_is_what_the_code_says() -> None:
    """A wrong default in the docs costs somebody an evening; `make docs` writes the page anew."""
    assert PAGE.read_text() == page()


def test_every_setting_has_a_sentence_and_a_name_of_its_own() -> None:
    """The sentence is all that an operator reads."""
    infos = [info for settings in settings_by_service().values() for info in settings]
    assert all(info.help.endswith(".") for info in infos)
    assert len({info.name for info in infos}) == len(infos)
