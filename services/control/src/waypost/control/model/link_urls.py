"""The addresses that a link may lead to, each with the path of the member that names it. Pure."""

from collections.abc import Iterator

from waypost.control.model.links import LinkSettings
from waypost.rules import Split, Url


def urls_of(link: LinkSettings) -> Iterator[tuple[str, str]]:
    """(path, URL): the destination, the fallbacks, and what rules lead to."""
    for name in ("target_url", "fallback_url", "expired_url"):
        if url := getattr(link, name):
            yield name, url
    for index, rule in enumerate(link.rules):
        path = f"rules[{index}].then"
        if isinstance(rule.then, Url):
            yield f"{path}.url", rule.then.url
        elif isinstance(rule.then, Split):
            for place, variant in enumerate(rule.then.variants):
                yield f"{path}.variants[{place}].url", variant.url
