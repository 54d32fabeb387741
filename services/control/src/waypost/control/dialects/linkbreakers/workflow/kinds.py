"""The kinds of steps: their names on the wire, and where their exits are."""

from msgspec import Struct

NEXT = "next"
ELSE = "else"


class Kind(Struct, frozen=True, kw_only=True):
    """One kind. `exits` names the list in its payload whose items each have an exit."""

    action: str
    kind: str
    member: str
    exits: str = ""
    exit_id: str = "id"
    is_page: bool = False

    @property
    def is_condition(self) -> bool:
        """Whether visitors are told apart here."""
        return self.kind == "CONDITION"

    @property
    def is_exit(self) -> bool:
        """Whether a visit ends here."""
        return self.kind == "EXIT"


def _condition(action: str, exits: str = "options", exit_id: str = "id") -> Kind:
    words = action.lower().split("_")
    member = words[0] + "".join(word.title() for word in words[1:])
    return Kind(action=action, kind="CONDITION", member=member, exits=exits, exit_id=exit_id)


def _page(action: str, kind: str, member: str, exits: str = "") -> Kind:
    return Kind(action=action, kind=kind, member=member, exits=exits, is_page=True)


ENTRY = Kind(action="LINK_VISIT", kind="ENTRY", member="linkVisit")
REDIRECT = Kind(action="CLIENT_REDIRECT", kind="EXIT", member="clientRedirect")
PASSWORD = _page("PASSWORD_VERIFY", "INTERACTION", "password")
KINDS = {
    kind.action: kind
    for kind in (
        ENTRY,
        REDIRECT,
        PASSWORD,
        _page("FORM_SUBMIT", "INTERACTION", "form"),
        _page("CONTACT_CARD", "EXIT", "vcard"),
        _page("MULTI_LINK", "INTERACTION", "multiLink", "buttons"),
        _page("SOCIAL_LINKS_PAGE", "EXIT", "socialLinks"),
        _page("MESSAGE_PAGE", "INTERACTION", "messagePage"),
        _page("THANK_YOU_PAGE", "EXIT", "thankYouPage"),
        _page("OPEN_MEDIA", "EXIT", "openMedia"),
        _condition("VISIT_TYPE_CONDITION", exit_id="value"),
        _condition("COUNTRY_CONDITION", "countries", "countryCode"),
        _condition("DAY_OF_WEEK_CONDITION"),
        _condition("TIME_OF_DAY_CONDITION", "ranges"),
        _condition("DAY_OF_MONTH_CONDITION"),
        _condition("SPECIFIC_DATE_CONDITION"),
        _condition("DEVICE_TYPE_CONDITION"),
        _condition("DEVICE_PLATFORM_CONDITION"),
        _condition("DEVICE_BROWSER_CONDITION"),
        _condition("DEVICE_BRAND_CONDITION"),
        _condition("DEVICE_ACTOR_CONDITION"),
        _condition("VISITOR_DATA_CONDITION"),
    )
}
"""By the action's name without EVENT_ACTION_."""

BY_MEMBER = {kind.member: kind for kind in KINDS.values()}
