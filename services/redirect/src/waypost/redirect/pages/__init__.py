"""What a visitor sees: pure functions from values to a finished answer.

Every renderer returns a `Page` (status, all headers, body) and needs a `nonce`: at least 16 characters
of base64 or hex, fresh for each answer. `site` says what the pages of an installation share, `short_url`
is the link's public address (for the report link). Nothing here reads a clock, a file or a socket.

The edge chooses the renderer:

    no link, expired, blocked, ...   render_not_found, render_expired, render_blocked, render_paused,
                                     render_not_yet, render_limit_reached, render_over_quota
    bare host, trouble               render_root, render_unavailable, render_slow_down
    password                         render_password -> POST -> render_onward | render_password(wrong=True)
                                     | render_password_wait
    plan or link asks for a pause    render_interstitial
    slug followed by +               render_preview
    preview robots                   render_social_preview
    cloaked link                     render_cloak
    /robots.txt                      robots_txt

and for a link with content:

    content = waypost.wire.content.decode(record.kind, record.data)     # UnknownKind -> render_unreadable
    straight_target(content, system)      non-empty: redirect there instead of showing a page
    query `file=` (any value)             render_download(content, uid=..., at_ms=...)
    query `to=<name>` of a bio page       waypost.wire.content.bio.click_target -> record a click, redirect
    POST of a form                        waypost.wire.content.form.read_answers(form, parse_qs(body)) ->
                                          with problems: render_content(..., Visit(answers=answers));
                                          to be sent again: the same with form_notice;
                                          else render_form_done (and store, unless answers.is_robot)
    otherwise                             render_content(content, Visit(at_ms=...), nonce=...)

Links inside a page are relative (`?file=vcf`, `?to=…`, forms post to ""), so a page works on any path.
"""

from waypost.redirect.pages.content_pages import FormNotice, Visit, render_content, render_form_done
from waypost.redirect.pages.downloads import Download, download, render_download
from waypost.redirect.pages.gates import (
    UnsafeTarget,
    render_cloak,
    render_interstitial,
    render_onward,
    render_password,
    render_password_wait,
    render_preview,
    render_social_preview,
)
from waypost.redirect.pages.notices import (
    render_blocked,
    render_expired,
    render_limit_reached,
    render_not_found,
    render_not_yet,
    render_over_quota,
    render_paused,
    render_root,
    render_slow_down,
    render_unavailable,
    render_unreadable,
)
from waypost.redirect.pages.page import BadNonce, Page, Site
from waypost.redirect.pages.robots import robots_txt
from waypost.redirect.pages.straight import straight_target

__all__ = [
    "BadNonce",
    "Download",
    "FormNotice",
    "Page",
    "Site",
    "UnsafeTarget",
    "Visit",
    "download",
    "render_blocked",
    "render_cloak",
    "render_content",
    "render_download",
    "render_expired",
    "render_form_done",
    "render_interstitial",
    "render_limit_reached",
    "render_not_found",
    "render_not_yet",
    "render_onward",
    "render_over_quota",
    "render_password",
    "render_password_wait",
    "render_paused",
    "render_preview",
    "render_root",
    "render_slow_down",
    "render_social_preview",
    "render_unavailable",
    "render_unreadable",
    "robots_txt",
    "straight_target",
]
