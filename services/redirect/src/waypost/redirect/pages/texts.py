"""Every word of Waypost's own on a page, by key. One catalogue per language; English is the rest's reserve."""

from collections.abc import Callable, Mapping

Text = Callable[..., str]

ENGLISH: Mapping[str, str] = {
    # Notices
    "not_found_title": "This link doesn’t exist",
    "not_found_text": "The address may be mistyped, or the link has been removed. Check it and try again.",
    "expired_title": "This link has expired",
    "expired_text": "It was only meant to work for a while. Ask whoever shared it for a new one.",
    "blocked_title": "This link is blocked",
    "blocked_text": "It was switched off because it may be harmful. For your safety, it leads nowhere.",
    "paused_title": "This link is taking a break",
    "paused_text": "Its owner has paused it for now. It may be back later.",
    "not_yet_title": "Almost there",
    "not_yet_text": "This link isn’t live yet. Come back a little later.",
    "not_yet_from": "Opens on {moment}",
    "limit_title": "That’s all of them",
    "limit_text": "This link could be used a set number of times, and they have all been taken.",
    "quota_title": "Very popular right now",
    "quota_text": "This link has had more visits than its plan allows this month. Please try again later.",
    "unavailable_title": "Back in a moment",
    "unavailable_text": "This link can’t be looked up right now. Nothing is lost: please try again shortly.",
    "slow_down_title": "A little too fast",
    "slow_down_text": "There were many requests from here in a short time. Please wait a moment.",
    "root_title": "Short links live here",
    "root_text": "Scan a code or follow a link to get where you want to go.",
    "retry": "Try again",
    # Password
    "password_title": "This link is protected",
    "password_text": "Enter its password to go on.",
    "password_label": "Password",
    "password_submit": "Unlock",
    "password_show": "Show password",
    "password_wrong": "That password is not right. Please try again.",
    "password_wait_title": "Too many tries",
    "password_wait_text": "To keep this link safe, please wait {duration} before you try again.",
    # On the way
    "interstitial_title": "You’re on your way",
    "interstitial_text": "You will be taken to",
    "interstitial_left": "Continuing in {seconds} seconds",
    "interstitial_stopped": "Stopped. Continue when you are ready.",
    "interstitial_stop": "Stay here",
    "continue": "Continue",
    "onward_title": "One moment",
    "onward_text": "Taking you to the page. If nothing happens, continue yourself.",
    "preview_title": "Where this link goes",
    "preview_text": "You asked to look first. Nothing has been opened.",
    "preview_varies": "It may lead elsewhere depending on your device, place or the time.",
    "preview_locked": "Its destination is protected by a password.",
    "preview_page": "It shows a page on this site.",
    "preview_full": "Full address",
    "preview_insecure": "Not encrypted (http)",
    "preview_secure": "Encrypted (https)",
    "open_link": "Open link",
    "frame_title": "Page at {host}",
    # Everywhere
    "report": "Report abuse",
    "powered": "Made with {name}",
    "copy": "Copy",
    "copied": "Copied",
    "copy_failed": "Press Ctrl+C to copy",
    "seconds": "{count} seconds",
    "second": "1 second",
    "minutes": "{count} minutes",
    "minute": "1 minute",
    "page_unreadable_title": "This page can’t be shown",
    "page_unreadable_text": "It was made for a newer version. Please try again shortly.",
    # Contact
    "save_contact": "Save contact",
    "call": "Call",
    "message": "Message",
    "mail": "Email",
    "map": "Map",
    "phone": "Phone",
    "mobile": "Mobile",
    "email": "Email",
    "website": "Website",
    "address": "Address",
    "birthday": "Birthday",
    "note": "Note",
    "actions": "Quick actions",
    "details": "Details",
    # WiFi
    "wifi_title": "Join this Wi-Fi",
    "wifi_scan": "Point your camera at the code to join",
    "wifi_network": "Network",
    "wifi_password": "Password",
    "wifi_open": "No password needed",
    "wifi_hidden": "Hidden network",
    "wifi_code": "Code to join the network {name}",
    "wifi_steps": "Or join by hand",
    "wifi_step_1": "Open Wi-Fi settings",
    "wifi_step_2": "Choose {name}",
    "wifi_step_3": "Paste the password",
    "wifi_copy": "Copy password",
    # Menu
    "menu": "Menu",
    "menu_sections": "Sections",
    "menu_file": "Open the menu",
    "menu_sold_out": "Sold out",
    "menu_contains": "Contains",
    "menu_key": "Please tell us about your allergies before you order.",
    # Review
    "review_title": "How was it?",
    "review_text": "Your review helps others find us. It takes a minute.",
    "review_stars": "Choose your stars",
    "review_star": "1 star",
    "review_star_n": "{count} stars",
    "review_button": "Write a review",
    "review_also": "Or review us on",
    # App, event, files
    "app_get": "Get the app",
    "app_ios": "App Store",
    "app_android": "Google Play",
    "app_windows": "Microsoft Store",
    "app_mac": "Mac App Store",
    "app_web": "Open on the web",
    "app_on": "Get it on the",
    "app_from": "Get it from",
    "event_when": "When",
    "event_where": "Where",
    "event_host": "Host",
    "event_add": "Add to calendar",
    "event_more": "Event page",
    "event_map": "Open map",
    "event_cancelled": "Cancelled",
    "event_all_day": "All day",
    "file_title": "A file for you",
    "file_open": "Open file",
    "gallery": "Gallery",
    "gallery_open": "Open picture {number}",
    # Coupon, form, bio
    "coupon_title": "A treat for you",
    "coupon_code": "Your code",
    "coupon_until": "Valid until {moment}",
    "coupon_over": "This offer has ended.",
    "coupon_copy": "Copy code",
    "coupon_terms": "Terms",
    "form_submit": "Send",
    "form_optional": "optional",
    "form_choose": "Choose…",
    "form_policy": "Privacy policy",
    "form_trap": "Leave this field empty",
    "form_problems": "Please check the marked fields.",
    "form_problem_again": "Please look over your answers and send them once more.",
    "form_problem_later": "Your answers could not be kept just now. Please send them again in a moment.",
    "form_problem_required": "Please fill this in.",
    "form_problem_consent": "Please tick the box to go on.",
    "form_problem_too_long": "Please use fewer characters.",
    "form_problem_characters": "Please remove the special characters.",
    "form_problem_email": "Please enter an email address, as in name@example.com.",
    "form_problem_phone": "Please enter a phone number.",
    "form_problem_number": "Please enter a number.",
    "form_problem_date": "Please enter a date.",
    "form_problem_choice": "Please choose one of the options.",
    "form_problem_pattern": "Please write this as it is asked for.",
    "form_done_title": "Thank you!",
    "form_done_text": "We have received your answer.",
    "bio_links": "Links",
    "bio_profiles": "Profiles",
    "bio_empty": "Nothing to see here yet.",
    # Time
    "weekdays": "Mon Tue Wed Thu Fri Sat Sun",
    "months": "January February March April May June July August September October November December",
    "months_short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "day": "{weekday}, {day} {month} {year}",
    "day_time": "{date}, {time}",
}

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH}

_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ku", "ps", "sd", "ug", "ur", "yi"})


def texts(language: str) -> Text:
    """The look-up for a BCP 47 tag: `text(key, **values)`. Raises KeyError for a key that nobody wrote."""
    catalogue = CATALOGUES.get(_primary(language), ENGLISH)

    def text(key: str, **values: object) -> str:
        """The words under a key with the values put in."""
        found = catalogue.get(key) or ENGLISH[key]
        return found.format_map(values) if values else found

    return text


def direction(language: str) -> str:
    """`rtl` or `ltr`, by the language's usual script."""
    return "rtl" if _primary(language) in _RIGHT_TO_LEFT else "ltr"


def _primary(language: str) -> str:
    return language.split("-", 1)[0].lower()


PLATFORM_NAMES: Mapping[str, str] = {
    "website": "Website", "email": "Email", "phone": "Phone", "whatsapp": "WhatsApp", "telegram": "Telegram",
    "signal": "Signal", "instagram": "Instagram", "facebook": "Facebook", "threads": "Threads", "x": "X",
    "mastodon": "Mastodon", "bluesky": "Bluesky", "linkedin": "LinkedIn", "xing": "XING", "youtube": "YouTube",
    "vimeo": "Vimeo", "twitch": "Twitch", "tiktok": "TikTok", "snapchat": "Snapchat", "pinterest": "Pinterest",
    "spotify": "Spotify", "soundcloud": "SoundCloud", "applemusic": "Apple Music", "github": "GitHub",
    "gitlab": "GitLab", "discord": "Discord", "reddit": "Reddit", "medium": "Medium",
    "tripadvisor": "Tripadvisor", "google": "Google", "yelp": "Yelp", "paypal": "PayPal", "shop": "Shop",
    "calendar": "Calendar", "location": "Location", "other": "Link",
}  # fmt: skip
"""Proper names; they are the same in every language."""

MARK_NAMES: Mapping[str, str] = {
    "gluten": "Gluten", "crustaceans": "Crustaceans", "eggs": "Eggs", "fish": "Fish", "peanuts": "Peanuts",
    "soya": "Soya", "milk": "Milk", "nuts": "Nuts", "celery": "Celery", "mustard": "Mustard",
    "sesame": "Sesame", "sulphites": "Sulphites", "lupin": "Lupin", "molluscs": "Molluscs",
    "vegetarian": "Vegetarian", "vegan": "Vegan", "halal": "Halal", "kosher": "Kosher",
    "gluten_free": "Gluten-free", "lactose_free": "Lactose-free", "spicy": "Spicy", "organic": "Organic",
}  # fmt: skip
"""Allergens and diets on a menu."""
