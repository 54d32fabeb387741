"""From a destination to the `Location` that is sent: UTM, query and path policy, click id. Pure.

All over bytes. What comes out is printable ASCII and passes `destination.is_safe`; when a visitor's own
additions would break that, the destination is sent without them.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, quote_from_bytes, unquote_plus

from waypost.redirect.limits import QUERY_PARAMETERS_MAX
from waypost.wire.destination import is_safe

UTM_NAMES = ("source", "medium", "campaign", "term", "content")
_KEPT = (
    "".join(map(chr, range(0x21, 0x7F))).replace("#", "").replace('"', "").replace("<", "").replace(">", "")
)
"""Characters of a visitor's query or path that pass as they are; all else is percent-encoded."""


def split_query(query: bytes) -> list[bytes]:
    """The parameters of a raw query, undecoded, at most QUERY_PARAMETERS_MAX."""
    return [part for part in query.split(b"&", QUERY_PARAMETERS_MAX)[:QUERY_PARAMETERS_MAX] if part]


def take_marker(query: bytes, marker: bytes) -> tuple[bytes, bool]:
    """The query without the QR marker, and whether it was there."""
    if not marker or marker not in query:
        return query, False
    parts = query.split(b"&")
    kept = [part for part in parts if part != marker]
    return (b"&".join(kept), True) if len(kept) < len(parts) else (query, False)


def without(query: bytes, name: bytes) -> bytes:
    """The query without a parameter of ours."""
    if name not in query:
        return query
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[0] != name)


def decode_query(query: bytes) -> tuple[tuple[str, str], ...]:
    """Names and values of a query, decoded, in their order, at most QUERY_PARAMETERS_MAX."""
    pairs = []
    for part in split_query(query):
        name, _, value = part.decode("latin-1").partition("=")
        pairs.append((unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace")))
    return tuple(pairs)


def utm_of(pairs: Sequence[tuple[str, str]], characters_max: int) -> tuple[str, str, str, str, str] | None:
    """The visitor's own utm_* values, None when there is none of them."""
    found = dict.fromkeys(UTM_NAMES, "")
    for name, value in pairs:
        if name.startswith("utm_") and (key := name[4:]) in found and not found[key]:
            found[key] = value[:characters_max]
    values = (found["source"], found["medium"], found["campaign"], found["term"], found["content"])
    return values if any(values) else None


def compose(
    target: bytes,
    *,
    query: bytes = b"",
    query_policy: str = "drop",
    rest: bytes = b"",
    path_policy: str = "ignore",
    utm: Mapping[str, str] | None = None,
    click: tuple[str, str] | None = None,
) -> bytes:
    """Build the final URL.

    `query` is the visitor's without our marker; `rest` the path behind the slug, without its slash;
    `utm` and `click`, a (parameter, id), are set over whatever was there.
    A destination to which nothing is added is sent as it was written. The fragment stays at the end. Where a
    fragment carries a client-side route, it is not touched.
    """
    if not (query or rest or utm or click):
        return target
    base, hash_sign, fragment = target.partition(b"#")
    path, _, own_query = base.partition(b"?")
    if rest and path_policy == "append":
        path = path.rstrip(b"/") + b"/" + _printable(rest).lstrip(b"/")
    parameters = split_query(own_query) if own_query else []
    if query and query_policy != "drop":
        parameters = _merge(parameters, split_query(_printable(query)), query_policy)
    settled = {_parameter(key): value for key, value in (utm or {}).items()}
    if click is not None:
        settled[click[0]] = click[1]
    if settled:
        parameters = [part for part in parameters if _name(part) not in settled]
        parameters += [
            f"{quote(name, safe='')}={quote(value, safe='')}".encode() for name, value in settled.items()
        ]
    composed = path + (b"?" + b"&".join(parameters) if parameters else b"") + hash_sign + fragment
    return composed if is_safe(composed) else target


def _merge(own: list[bytes], visitors: list[bytes], policy: str) -> list[bytes]:
    """`forward` appends; `visitor` and `link` say whose value of a parameter that both have is kept."""
    if policy == "forward":
        return own + visitors
    winner, loser = (visitors, own) if policy == "visitor" else (own, visitors)
    names = {_name(part) for part in winner}
    kept = [part for part in loser if _name(part) not in names]
    return kept + visitors if policy == "visitor" else own + kept


def _parameter(key: str) -> str:
    """The name in a URL of a link's UTM setting: `source` means utm_source, `ref` means itself."""
    return f"utm_{key}" if key in UTM_NAMES else key


def _name(part: bytes) -> str:
    return unquote_plus(part.partition(b"=")[0].decode("latin-1"), errors="replace")


def _printable(raw: bytes) -> bytes:
    return quote_from_bytes(raw, safe=_KEPT).encode() if not raw.isascii() or not _is_plain(raw) else raw


_PLAIN = frozenset(_KEPT.encode())


def _is_plain(raw: bytes) -> bool:
    return _PLAIN.issuperset(raw)
