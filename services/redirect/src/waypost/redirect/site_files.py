"""Files that belong to a domain and not to a link: robots.txt, and the ones that let apps open its links."""

from waypost.redirect.answer import NO_STORE, Answer, make_answer
from waypost.redirect.page_maker import PageMaker
from waypost.wire.link import DomainV1

_WELL_KNOWN = b"/.well-known/"
_APPLE_AT_ROOT = b"/apple-app-site-association"
_JSON = (b"content-type", b"application/json")


def site_file(domain: DomainV1, path: bytes, pages: PageMaker) -> Answer | None:
    """The file at a path, None when there is none."""
    if path == b"/robots.txt":
        return pages.robots(domain.robots_txt)
    if path == _APPLE_AT_ROOT or path.startswith(_WELL_KNOWN):
        text = domain.association_files.get(path.rpartition(b"/")[2].decode("latin-1"))
        if text is not None:
            body = text.encode()
            return make_answer(200, (_JSON, NO_STORE, (b"content-length", str(len(body)).encode())), body)
    return None
