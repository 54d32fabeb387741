"""What we know about automated clients beyond the maintained list, each row with its source.

The list itself is the data of the pinned package `crawler-user-agents` (MIT, 1,500 patterns with tags,
several releases a month). A row here exists for one of three reasons: the list lacks it, the list names it
but Waypost needs another kind (a link preview that shares its user agent with a crawler), or the list takes
a person for a robot. Patterns are Rust `regex` syntax (no look-around), matched anywhere, case-sensitive
unless `(?i)`.
"""

from typing import Literal

import msgspec

RobotKind = Literal["", "bot", "preview", "monitor", "scanner", "agent"]


class RobotRow(msgspec.Struct, frozen=True):
    """One pattern. An empty `kind` says: this is a person, look no further."""

    pattern: str
    kind: RobotKind
    name: str
    source: str


FIRST_ROWS: tuple[RobotRow, ...] = (
    # People first: what a later, broader row would take for a robot.
    RobotRow(
        r"(?i)\bcubot[ _]", "", "", "Cubot is a maker of phones; its model names are in Android user agents"
    ),
    # Link previews.
    RobotRow(
        "facebookexternalhit.*Twitterbot",
        "preview",
        "iMessage",
        "Apple Messages sends both names on a Mac agent",
    ),
    RobotRow(r"facebookexternalhit/[\d.]+;line-poker", "preview", "LINE", "LINE: OG tag crawler"),
    RobotRow("kakaotalk-scrap", "preview", "KakaoTalk", "KakaoTalk: the scrap robot of its link previews"),
    RobotRow("XING-contenttabreceiver", "preview", "XING", "XING: previews of shared links"),
    RobotRow(
        r"facebookexternalhit|meta-externalfetcher|Facebot", "preview", "Facebook", "Meta: web crawlers"
    ),
    RobotRow(r"meta-externalagent|meta-webindexer|FacebookBot", "agent", "Meta AI", "Meta: web crawlers"),
    RobotRow(r"^WhatsApp/2$", "preview", "Signal", "Signal clients name themselves WhatsApp for previews"),
    RobotRow(r"^WhatsApp", "preview", "WhatsApp", "WhatsApp: link previews"),
    RobotRow("Twitterbot", "preview", "X", "X: cards, getting started"),
    RobotRow(r"Slackbot|Slack-ImgProxy", "preview", "Slack", "Slack: robots"),
    RobotRow("Discordbot", "preview", "Discord", "Discord: link embeds"),
    RobotRow("TelegramBot", "preview", "Telegram", "Telegram: link previews"),
    RobotRow("LinkedInBot", "preview", "LinkedIn", "LinkedIn: sharing and crawling"),
    RobotRow(
        "SkypeUriPreview", "preview", "Teams", "Microsoft: Skype and Teams URL preview share one service"
    ),
    RobotRow(
        r"BingPreview/|MicrosoftPreview/", "preview", "Microsoft Preview", "Bing Webmaster: which crawlers"
    ),
    RobotRow(r"Pinterest/0\.|Pinterestbot", "preview", "Pinterest", "Pinterest: Pinterestbot"),
    RobotRow("redditbot", "preview", "Reddit", "Reddit: link previews"),
    RobotRow(r"Snap URL Preview|SnapURLPreview", "preview", "Snapchat", "Snap: robots"),
    RobotRow(
        r"\((?:Mastodon|Pleroma|Akkoma|Misskey)/|^Mastodon/|Misskey/|Pleroma |^Akkoma ",
        "preview",
        "Fediverse",
        "Mastodon",
    ),
    RobotRow(r"Bluesky Cardyb|^Bluesky/", "preview", "Bluesky", "Bluesky: card service"),
    RobotRow(
        r"Google-PageRenderer|Google-Messages|GoogleMessages",
        "preview",
        "Google Messages",
        "Google: fetchers",
    ),
    RobotRow("Google-InspectionTool", "bot", "Google Inspection Tool", "Google: common crawlers"),
    RobotRow(r"^Viber$|^Viber/", "preview", "Viber", "Viber: link previews"),
    RobotRow(r"^Notion/|NotionEmbedder", "preview", "Notion", "Notion: bookmarks"),
    RobotRow("^Tumblr/", "preview", "Tumblr", "Tumblr: link posts"),
    RobotRow(r"ZoomBot|Zoom Chat Link", "preview", "Zoom", "Zoom: chat link previews"),
    RobotRow(r"(?i)webexteams|Webex-URL", "preview", "Webex", "Cisco: Webex link previews"),
    RobotRow(r"(?i)mattermost", "preview", "Mattermost", "Mattermost: link previews"),
    RobotRow(r"Rocket\.Chat", "preview", "Rocket.Chat", "Rocket.Chat: embedding links"),
    RobotRow(
        r"ms-office|MSOffice \d|^Microsoft Office/",
        "preview",
        "Microsoft Office",
        "Office asks before it opens a link",
    ),
    RobotRow(r"compatible; Goodreads", "preview", "Goodreads", "crawler-user-agents, narrowed"),
    RobotRow(r"(?i)link[ -]?preview|url[ -]?preview|unfurl", "preview", "link preview", "the words say so"),
    # Mail scanners that say who they are. Most do not: see SCANNER_NETWORKS.
    RobotRow(r"(?i)proofpoint|urldefense", "scanner", "Proofpoint", "Proofpoint: URL Defense"),
    RobotRow(r"(?i)mimecast", "scanner", "Mimecast", "Mimecast: URL Protect"),
    RobotRow(r"(?i)barracuda", "scanner", "Barracuda", "Barracuda: Sentinel, Link Protection"),
    RobotRow(
        r"(?i)safelinks|microsoft defender|MSDefender",
        "scanner",
        "Microsoft Defender",
        "Microsoft: Safe Links",
    ),
    RobotRow(r"(?i)ironport|CiscoSecureEmail", "scanner", "Cisco Secure Email", "Cisco: Secure Email"),
    RobotRow(r"(?i)trendmicro|TMES\b", "scanner", "Trend Micro", "Trend Micro: Email Security"),
    RobotRow(r"(?i)fireeye|trellix", "scanner", "Trellix", "Trellix: Email Security"),
    RobotRow(r"(?i)symantec|messagelabs", "scanner", "Symantec", "Broadcom: Email Security.cloud"),
    RobotRow(r"(?i)\bsophos", "scanner", "Sophos", "Sophos: Time of Click"),
    RobotRow(r"(?i)fortiguard|fortimail|FortiSandbox", "scanner", "Fortinet", "Fortinet: FortiMail"),
    RobotRow(r"(?i)forcepoint|websense", "scanner", "Forcepoint", "Forcepoint: URL sandboxing"),
    RobotRow(r"(?i)zscaler", "scanner", "Zscaler", "Zscaler: sandbox"),
    RobotRow(r"(?i)virustotal|VirusTotalCloud", "scanner", "VirusTotal", "VirusTotal: URL analysis"),
    RobotRow(
        r"(?i)urlscan|phishtank|google-safety",
        "scanner",
        "URL scanner",
        "urlscan.io, PhishTank, Google: fetchers",
    ),
    RobotRow(r"Expanse|Palo Alto Networks", "scanner", "Palo Alto Networks", "Palo Alto: Cortex Xpanse"),
    # Agents that act for a person or feed a model.
    RobotRow("ChatGPT-User", "agent", "ChatGPT", "OpenAI: bots"),
    RobotRow(r"GPTBot|OAI-SearchBot|OAI-AdsBot", "agent", "OpenAI", "OpenAI: bots"),
    RobotRow(
        r"(?i)claude-?(?:bot|user|searchbot|web|code)|anthropic-ai", "agent", "Claude", "Anthropic: crawlers"
    ),
    RobotRow(r"PerplexityBot|Perplexity-?User", "agent", "Perplexity", "Perplexity: bots"),
    RobotRow(
        r"Google-Agent|GoogleAgent|Gemini-Deep-Research|Google-NotebookLM",
        "agent",
        "Gemini",
        "Google: fetchers",
    ),
    RobotRow(
        r"Google-Extended|Google-CloudVertexBot|GoogleOther", "agent", "Google AI", "Google: common crawlers"
    ),
    RobotRow("DuckAssistBot", "agent", "DuckAssist", "DuckDuckGo: DuckAssistBot"),
    RobotRow("MistralAI-User", "agent", "Mistral", "Mistral: robots"),
    RobotRow(r"Applebot-Extended", "agent", "Apple Intelligence", "Apple: about Applebot"),
    RobotRow(r"Bytespider|TikTokSpider", "agent", "ByteDance", "crawler-user-agents, kind settled"),
    RobotRow(r"CCBot", "agent", "Common Crawl", "Common Crawl: CCBot"),
    RobotRow(
        r"Manus-User|TwinAgent|AmazonBuyForMe|AgentCore-Browser|Devin/", "agent", "browser agent", "as listed"
    ),
    # Monitors.
    RobotRow("UptimeRobot", "monitor", "UptimeRobot", "UptimeRobot: locations and agents"),
    RobotRow(r"(?i)pingdom", "monitor", "Pingdom", "Pingdom: probe servers"),
    RobotRow("NewRelicPinger", "monitor", "New Relic", "New Relic: synthetic monitors"),
    RobotRow(r"^Datadog/Synthetics", "monitor", "Datadog", "Datadog: synthetic tests"),
    RobotRow(r"^Freshping", "monitor", "Freshping", "Freshworks: Freshping"),
    RobotRow("StatusCake", "monitor", "StatusCake", "StatusCake: user agent"),
    RobotRow(
        r"Better Uptime|BetterUptime|Better Stack", "monitor", "Better Stack", "Better Stack: user agent"
    ),
    RobotRow(
        r"kube-probe/|ELB-HealthChecker|GoogleHC/|Consul Health Check",
        "monitor",
        "health check",
        "cloud vendors",
    ),
    RobotRow(r"Amazon-Route53-Health-Check", "monitor", "Route 53", "AWS: Route 53 health checks"),
    RobotRow(r"Blackbox[ -]Exporter|Prometheus/", "monitor", "Prometheus", "Prometheus: blackbox exporter"),
    RobotRow(
        r"Sogou (?:web|inst|Pic|head|News|Orion|Test|blog|video)|Sogou-Test-Spider",
        "bot",
        "Sogou",
        "narrowed",
    ),
)
"""Matched before the maintained list, in this order."""

LAST_ROWS: tuple[RobotRow, ...] = (
    RobotRow(
        r"^(?:Apache-HttpAsyncClient|[Pp]ython-urllib3|PycURL|[Ll]ua-resty-http|Java|Ruby|Dart|Faraday|GuzzleHttp|PostmanRuntime|insomnia|undici|node|Deno|Bun|Lua-resty"
        r"|Symfony|Typhoeus|RestSharp|reqwest|ureq|hyper|Elixir|hackney|Req|Swift|Alamofire|PHP|fasthttp|Zig|Nim|R"
        r"|libcurl|Microsoft (?:URL Control|BITS))(?:[ /(-]|$)",
        "bot",
        "HTTP client",
        "default agents of HTTP libraries",
    ),
    RobotRow(r"^[^(]*CFNetwork/", "bot", "CFNetwork", "Apple: a native request, not a web view's navigation"),
    RobotRow(r"(?i)(?:bot|crawler|crawling|spider|scraper|fetcher)\b", "bot", "", "the word says so"),
    RobotRow(
        r"\+https?://|[\w.+-]+@[\w-]+\.[a-z]{2,}", "bot", "", "only robots leave an address to complain to"
    ),
    RobotRow(r"WindowsPowerShell/|PowerShell/\d", "bot", "PowerShell", "Microsoft: Invoke-WebRequest"),
    RobotRow(r"(?i)headless|phantomjs|webdriver", "bot", "headless browser", "browser automation"),
)
"""Matched after the maintained list: what generally gives a robot away."""

PATTERNS_LEFT_OUT: dict[str, str] = {
    r"AP3A\.240617\.008": "the build number of Android 15: people's in-app browsers carry it",
    "MetaIAB Facebook": "Meta's in-app browser: a person tapped the link inside Facebook",
    r"Notion\/": "the desktop application too; ours is anchored",
    r"Tumblr\/": "the application's in-app browser too; ours is anchored",
    r"Bluesky\/": "the application's in-app browser too; ours is anchored",
    "Goodreads": "the application's in-app browser too; ours is narrowed",
    "Viber": "the application's in-app browser too; ours is anchored",
    "WhatsApp": "the application's in-app browser too; ours is anchored",
    "Fluid": "a Mac application that turns one site into a window for a person",
    "Sogou": "Sogou's browsers for people carry the name; ours lists its spiders",
}
"""Patterns of the maintained list that take people for robots, and why. A test keeps each of them present
upstream.
"""

SCANNER_NETWORKS: dict[int, str] = {
    13916: "Proofpoint",
    22843: "Proofpoint",
    26211: "Proofpoint",
    52129: "Proofpoint",
    30031: "Mimecast",
    33538: "Mimecast",
    39588: "Mimecast",
    136792: "Mimecast",
    397726: "Mimecast",
    15324: "Barracuda",
}
"""Autonomous systems (by their registry names) whose only business is security gateways: these scanners
dress up as browsers, so the network is the one thing to know them by. Shared clouds (Microsoft 8075, AWS)
are left out on purpose: people behind corporate proxies and VPNs come from there.
"""
