"""The page on which anybody says that a short link does harm: plain HTML, no script, nothing from outside."""

from html import escape

from msgspec import Struct

from waypost.control import limits

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1c24;--muted:#5b5e6d;--line:#d9dbe3;--surface:#fff;--back:#f3f4f8;
--accent:#0a58ad;--danger:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#eceef4;--muted:#a9adbc;--line:#383c4a;--surface:#1c1f28;--back:#12141a;
--accent:#8ec2ff;--danger:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--back);color:var(--ink);font:1rem/1.55 system-ui,sans-serif;
display:grid;place-items:center;padding:1.5rem}
main{width:100%;max-width:34rem;background:var(--surface);border:1px solid var(--line);border-radius:1.5rem;
padding:2rem}
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.2}p{margin:0 0 1rem}.muted{color:var(--muted)}
label{display:block;font-weight:600;margin:1rem 0 .35rem}small{font-weight:400;color:var(--muted)}
input,textarea{width:100%;font:inherit;color:inherit;background:var(--back);border:1px solid var(--muted);
border-radius:.75rem;padding:.75rem}
textarea{min-height:9rem;resize:vertical}[aria-invalid]{border-color:var(--danger)}
button{margin-top:1.5rem;width:100%;font:inherit;font-weight:650;padding:.85rem;border:0;border-radius:1rem;
background:var(--accent);color:var(--surface);cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.wrong{color:var(--danger);font-weight:600}
"""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class ReportForm(Struct, frozen=True, kw_only=True):
    """What a person filled in."""

    short_url: str = ""
    reason: str = ""
    contact: str = ""


def form_page(form: ReportForm, *, wrong_field: str = "", wrong: str = "") -> str:
    """The form, filled as it came, with what is wrong beside the field that is."""
    told = f'<p class="wrong" role="alert" id="wrong">{escape(wrong)}</p>' if wrong else ""

    def marked(name: str) -> str:
        return ' aria-invalid="true" aria-describedby="wrong"' if name == wrong_field else ""

    return _page(
        "Report a link",
        '<p class="muted">Does a short link lead to fraud, malware or something else that does harm? Tell us; '
        "whoever runs this service will look at it.</p>"
        f'{told}<form method="post" action="/report">'
        '<label for="short_url">The short link</label>'
        f'<input id="short_url" name="short_url" required maxlength="{limits.URL_CHARACTERS_MAX}" '
        f'autocomplete="off" inputmode="url" value="{escape(form.short_url)}"{marked("short_url")}>'
        '<label for="reason">What is wrong with it</label>'
        f'<textarea id="reason" name="reason" required maxlength="{limits.REPORT_CHARACTERS_MAX}"'
        f"{marked('reason')}>{escape(form.reason)}</textarea>"
        '<label for="contact">How we reach you <small>(optional)</small></label>'
        f'<input id="contact" name="contact" maxlength="{limits.REPORT_CONTACT_CHARACTERS_MAX}" '
        f'autocomplete="email" value="{escape(form.contact)}"{marked("contact")}>'
        '<button type="submit">Send the report</button></form>',
    )


def taken_page(report_id: str) -> str:
    """What stands there once the report was taken."""
    return _page(
        "Thank you",
        "<p>Your report was taken. A link that does harm will be blocked; everybody who follows it then sees "
        f'that it is.</p><p class="muted">Number of the report: <code>{escape(report_id)}</code></p>',
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
