"""Every bound on what a content page may hold."""

CONTENT_BYTES_MAX = 32 * 1024
"""One encoded content; half of a record, so that rules and the QR picture fit beside it."""

QR_SVG_BYTES_MAX = 16 * 1024
"""The picture of a join code that control renders into the record."""

FINDINGS_MAX = 50
"""A person mends a few faults at a time; a hostile document shall not make a long answer."""

NAME_CHARACTERS_MAX = 80
LINE_CHARACTERS_MAX = 160
PARAGRAPH_CHARACTERS_MAX = 600
TEXT_CHARACTERS_MAX = 8_000
URL_CHARACTERS_MAX = 2_048
EMAIL_CHARACTERS_MAX = 254
"""RFC 5321, clause 4.5.3.1.3, less the angle brackets."""
PHONE_CHARACTERS_MAX = 32
LANGUAGE_TAG_CHARACTERS_MAX = 35
"""BCP 47, clause 4.4.1."""
MOMENT_CHARACTERS_MAX = 35
PRICE_CHARACTERS_MAX = 24
CODE_CHARACTERS_MAX = 64

SSID_BYTES_MAX = 32
"""IEEE 802.11, clause 9.4.2.2."""
PASSPHRASE_CHARACTERS_MIN = 8
PASSPHRASE_CHARACTERS_MAX = 63
"""IEEE 802.11, annex M.4.1."""

PROFILES_MAX = 24
MENU_SECTIONS_MAX = 24
MENU_ITEMS_PER_SECTION_MAX = 80
MENU_MARKS_MAX = 20
GALLERY_IMAGES_MAX = 40
BIO_LINKS_MAX = 100
"""The bound of the xQR dialect."""
FILE_BYTES_MAX = 1 << 50
"""The size that a page may say of its file: a petabyte."""
FORM_FIELDS_MAX = 20
FORM_OPTIONS_MAX = 40
FORM_ANSWER_CHARACTERS_MAX = 2_000
PATTERN_CHARACTERS_MAX = 200
PATTERN_BYTES_MAX = 1 << 20
"""What one compiled pattern may take, its working memory included; a pattern that needs more is none."""
PATTERNS_KEPT_MAX = 64
"""Compiled patterns that a process keeps."""

FONT_STACK_CHARACTERS_MAX = 300
MESSAGE_SECONDS_MAX = 300
