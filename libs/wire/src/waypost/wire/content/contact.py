"""A person's contact details, shown as a page and saved as a vCard."""

from collections.abc import Iterator

from waypost.wire.content.fields import Date, Email, Image, Line, Name, Paragraph, Phone, WebUrl
from waypost.wire.content.look import Content, Profiles


class Vcard(Content, frozen=True, omit_defaults=True, kw_only=True):
    """The fields follow RFC 6350; `address` is free text for those who do not split it."""

    first_name: Name = ""
    last_name: Name = ""
    prefix: Name = ""
    org: Line = ""
    department: Line = ""
    title: Line = ""
    phone: Phone = ""
    mobile: Phone = ""
    email: Email = ""
    website: WebUrl = ""
    address: Paragraph = ""
    street: Line = ""
    city: Name = ""
    region: Name = ""
    postcode: Name = ""
    country: Name = ""
    birthday: Date = ""
    note: Paragraph = ""
    photo: Image = ""
    links: Profiles = ()
    save_label: Name = ""
    saves: bool = True
    """Whether there is a button that saves the card."""

    @property
    def full_name(self) -> str:
        """The name as it is shown; the organisation where there is no person."""
        return " ".join(filter(None, (self.prefix, self.first_name, self.last_name))) or self.org

    @property
    def place(self) -> tuple[str, ...]:
        """The address as lines."""
        town = " ".join(filter(None, (self.postcode, self.city)))
        return tuple(filter(None, (*self.address.splitlines(), self.street, town, self.region, self.country)))

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """A card needs a name (RFC 6350, clause 6.2.1)."""
        if not (self.first_name or self.last_name or self.org):
            yield "first_name", "a card needs first_name, last_name or org"
