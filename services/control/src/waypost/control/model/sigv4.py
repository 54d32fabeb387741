"""AWS Signature Version 4 for S3: signed headers and signed addresses. Pure.

docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from msgspec import Struct

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_UNRESERVED = "-._~"


class Credentials(Struct, frozen=True):
    """Who signs, and for which region."""

    access_key: str
    secret_key: str
    region: str = "us-east-1"

    def __repr__(self) -> str:
        return f"Credentials({self.access_key!r}, region={self.region!r})"


def signed_headers(
    method: str, url: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, now_ms: int
) -> dict[str, str]:
    """The headers to send: those given (lower-case names), and what proves who sends them."""
    time, scope = _time(now_ms), _scope(now_ms, credentials)
    digest = sha256(body).hexdigest()
    given = {**headers, "host": urlsplit(url).netloc, "x-amz-content-sha256": digest, "x-amz-date": time}
    canonical = _canonical_request(method, url, urlsplit(url).query, given, digest)
    signature = _signature(canonical, time, scope, credentials)
    names = ";".join(sorted(given))
    given["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope},SignedHeaders={names},Signature={signature}"
    )
    return given


def signed_url(
    method: str, url: str, headers: Mapping[str, str], credentials: Credentials, now_ms: int, expires_s: int
) -> str:
    """An address that needs no other proof until it expires; whoever uses it sends the given headers too.

    `url` has no query of its own.
    """
    time, scope = _time(now_ms), _scope(now_ms, credentials)
    given = {**headers, "host": urlsplit(url).netloc}
    parameters = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": time,
        "X-Amz-Expires": str(expires_s),
        "X-Amz-SignedHeaders": ";".join(sorted(given)),
    }
    query = "&".join(f"{name}={quote(parameters[name], safe=_UNRESERVED)}" for name in sorted(parameters))
    canonical = _canonical_request(method, url, query, given, UNSIGNED)
    return f"{url}?{query}&X-Amz-Signature={_signature(canonical, time, scope, credentials)}"


def _canonical_request(method: str, url: str, query: str, headers: Mapping[str, str], digest: str) -> str:
    names = sorted(headers)
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    ordered = "&".join(sorted(part if "=" in part else f"{part}=" for part in query.split("&") if part))
    return "\n".join((method, urlsplit(url).path or "/", ordered, lines, ";".join(names), digest))


def _signature(canonical: str, time: str, scope: str, credentials: Credentials) -> str:
    text = "\n".join((ALGORITHM, time, scope, sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), sha256).hexdigest()


def _time(now_ms: int) -> str:
    return datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def _scope(now_ms: int, credentials: Credentials) -> str:
    return f"{_time(now_ms)[:8]}/{credentials.region}/s3/aws4_request"
