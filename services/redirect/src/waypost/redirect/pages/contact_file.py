"""A contact as a vCard 4.0 file (RFC 6350)."""

from waypost.redirect.pages.folding import escaped, folded
from waypost.wire.content.contact import Vcard
from waypost.wire.content.fields import is_date, is_link, is_web_url


def vcard_file(card: Vcard) -> bytes:
    """The file. Addresses that are no links and dates that are no dates are left out."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"FN:{escaped(card.full_name)}",
        f"N:{escaped(card.last_name)};{escaped(card.first_name)};;{escaped(card.prefix)};",
    ]
    if card.org:
        department = f";{escaped(card.department)}" if card.department else ""
        lines.append(f"ORG:{escaped(card.org)}{department}")
    for name, value in (("TITLE", card.title), ("NOTE", card.note), ("EMAIL", card.email)):
        if value:
            lines.append(f"{name}:{escaped(value)}")
    for kind, number in (("cell", card.mobile), ("work,voice", card.phone)):
        if number:
            quoted = f'"{kind}"' if "," in kind else kind
            lines.append(f"TEL;TYPE={quoted}:{escaped(number)}")
    if card.place:
        street = card.street or card.address
        parts = (street, card.city, card.region, card.postcode, card.country)
        lines.append(f"ADR:;;{';'.join(escaped(part) for part in parts)}")
    if is_date(card.birthday):
        lines.append(f"BDAY:{card.birthday.replace('-', '')}")
    if is_web_url(card.photo):
        lines.append(f"PHOTO:{card.photo}")
    lines += [f"URL:{url}" for url in (card.website, *(link.url for link in card.links)) if is_link(url)]
    return folded([*lines, "END:VCARD"])
