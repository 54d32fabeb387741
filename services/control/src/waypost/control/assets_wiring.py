"""Where assets are kept, by the settings: a directory, or a bucket."""

from pathlib import Path
from urllib.parse import urlsplit

from waypost.control.model.sigv4 import Credentials
from waypost.control.objects import Objects
from waypost.control.objects.local import LocalObjects
from waypost.control.objects.s3 import S3Objects
from waypost.control.settings import ControlSettings
from waypost.control.store.tx import clock_ms
from waypost.runtime.settings import SettingError


def objects_of(settings: ControlSettings) -> Objects:
    """The store of assets. Raises SettingError for a bucket that is only half described."""
    if not settings.assets_s3_endpoint:
        return LocalObjects(Path(settings.assets_dir or Path(settings.data_dir) / "assets"))
    _check_origin("WAYPOST_ASSETS_S3_ENDPOINT", settings.assets_s3_endpoint)
    wanted = {
        "WAYPOST_ASSETS_S3_BUCKET": settings.assets_s3_bucket,
        "WAYPOST_ASSETS_S3_ACCESS_KEY": settings.assets_s3_access_key,
        "WAYPOST_ASSETS_S3_SECRET_KEY": settings.assets_s3_secret_key,
        "WAYPOST_ASSETS_URL": settings.assets_url,
    }
    for name, value in wanted.items():
        if not value:
            raise SettingError(name, "must be set together with WAYPOST_ASSETS_S3_ENDPOINT")
    credentials = Credentials(
        settings.assets_s3_access_key, settings.assets_s3_secret_key, settings.assets_s3_region
    )
    return S3Objects(settings.assets_s3_endpoint, settings.assets_s3_bucket, credentials, clock_ms)


def assets_url(settings: ControlSettings) -> str:
    """Where published files are read; empty at the edges. Raises SettingError for what is no address."""
    if not settings.assets_url:
        return ""
    _check_origin("WAYPOST_ASSETS_URL", settings.assets_url)
    if not settings.assets_s3_endpoint:
        raise SettingError("WAYPOST_ASSETS_URL", "needs a bucket: set WAYPOST_ASSETS_S3_ENDPOINT, too")
    return settings.assets_url.rstrip("/")


def _check_origin(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SettingError(name, "must be an http or https URL without query")
