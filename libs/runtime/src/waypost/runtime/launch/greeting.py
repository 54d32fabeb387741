"""What a person reads when everything runs."""

from waypost.runtime.settings import CommonSettings


def greeting(settings: CommonSettings, *, key: str, first_start: bool) -> str:
    """The URLs, the first API key (once) and a command that can be pasted as it stands."""
    api = f"http://localhost:{settings.control_port}"
    key_file = f"{settings.data_dir.rstrip('/')}/admin.key"
    key_line = f"{key}   (kept in {key_file}; shown only this once)" if first_start else f"in {key_file}"
    return f"""
Waypost is running.

  API and docs    {api}/docs
  Short links     {settings.public_url}
  Edge health     http://localhost:{settings.redirect_admin_port}/readyz
  API key         {key_line}

Make a link, wait a moment, follow it:

  SHORT=$(curl -s {api}/v1/links -H "Authorization: Bearer $(cat {key_file})" \\
    -H 'Content-Type: application/json' -d '{{"target_url": "https://example.com/hello"}}' \\
    | sed -n 's/.*"short_url": *"\\([^"]*\\)".*/\\1/p'); sleep 1; curl -i "$SHORT"

Ctrl-C stops everything.
"""
