"""The addresses that a link may lead to, and the one that a visit was led to. Pure."""

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit, urlunsplit

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


def led_to(link: LinkSettings, rule_id: str, variant_id: str) -> str:
    """Where a visit was led, as far as the link still says it: what its rule names, else the destination."""
    for rule in link.rules:
        if rule.id == rule_id and isinstance(rule.then, Url):
            return with_utm(rule.then.url, link.utm)
        if rule.id == rule_id and isinstance(rule.then, Split):
            for variant in rule.then.variants:
                if variant.id == variant_id:
                    return with_utm(variant.url, link.utm)
    return with_utm(link.target_url, link.utm)


def with_utm(url: str, utm: dict[str, str]) -> str:
    """A destination as it is opened: UTM parameters set, an existing one of the same name replaced."""
    wanted = {"ref" if name == "ref" else f"utm_{name}": value for name, value in utm.items() if value}
    if not wanted or not url.startswith(("http://", "https://")):
        return url
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in wanted]
    return urlunsplit(parts._replace(query="&".join([*kept, urlencode(wanted)])))
