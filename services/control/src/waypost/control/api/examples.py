"""One request body per operation that takes one, for the reference; a test sends each of them."""

from typing import Any

_LINK = {
    "target_url": "https://example.com/spring",
    "slug": "spring",
    "title": "Spring campaign",
    "tags": ["print"],
    "utm": {"source": "poster", "medium": "print"},
}
_RULES = [
    {
        "id": "night",
        "when": [
            {"attr": "country", "values": ["DE", "AT"]},
            {"attr": "time", "windows": [{"start_minute": 1320, "end_minute": 360, "zone": "Europe/Berlin"}]},
        ],
        "then": {"kind": "url", "url": "https://example.com/night"},
    }
]

EXAMPLES: dict[str, Any] = {
    "createLink": _LINK,
    "updateLink": {"target_url": "https://example.com/summer", "rules": _RULES},
    "upsertLink": {"external_id": "product-17", "target_url": "https://example.com/17"},
    "duplicateLink": {"slug": "spring-copy"},
    "rollBackLink": {"version": 1},
    "scheduleChange": {
        "at": "2090-01-01T00:00:00Z",
        "change": {"target_url": "https://example.com/new-year"},
    },
    "fetchMetadata": {"url": "https://example.com/"},
    "fillMetadata": {"overwrite": True},
    "explainLink": {"visit": {"country": "DE", "os": "iOS", "at": "2027-07-01T20:30:00Z"}},
    "checkRules": {"rules": _RULES, "target_url": "https://example.com/"},
    "bulkCreateLinks": {"rows": [_LINK, {"target_url": "https://example.com/b"}], "dry_run": True},
    "bulkUpdateLinks": {"rows": [{"id": "01900000-0000-7000-8000-000000000000", "archived": True}]},
    "bulkDeleteLinks": {"ids": ["01900000-0000-7000-8000-000000000000"]},
    "createAsset": {"filename": "Team photo.jpg", "content_type": "image/jpeg"},
    "createTag": {"name": "campaign", "color": "#0a66c2"},
    "updateTag": {"color": None},
    "createFolder": {"name": "2027"},
    "updateFolder": {"name": "2028"},
    "createUtmTemplate": {"name": "Poster", "utm": {"source": "poster", "medium": "print"}},
    "updateUtmTemplate": {"utm": {"source": "mail"}},
    "createMember": {"email": "ada@example.com", "name": "Ada", "role": "editor"},
    "updateMember": {"role": "admin"},
    "identifyVisitor": {
        "known_as": "00f1e2d3c4b5a697",
        "visitor": {"email": "ada@example.com", "attributes": {"plan": "pro", "seats": 12}},
    },
    "updateVisitor": {"first_name": "Ada", "attributes": {"seats": None}},
    "createDomain": {"host": "go.example.org", "root_url": "https://example.org/"},
    "updateDomain": {"not_found_url": "https://example.org/lost"},
    "createKey": {"name": "CI", "scopes": ["links:read", "links:write"]},
    "updateKey": {"name": "Deployment"},
    "rotateKey": {"overlap_s": 3600},
    "createSandbox": {"name": "Trying out"},
    "updateWorkspace": {"timezone": "Europe/Berlin"},
    "updateScanSettings": {
        "retention_days": 400,
        "withheld": ["city", "network", "versions"],
        "month_thresholds": [50_000, 100_000],
    },
    "setLinkThresholds": {"counts": [500, 5_000]},
    "createWorkspace": {"slug": "acme", "name": "Acme"},
    "updateAnyWorkspace": {"plan": "pro"},
    "reportLink": {"short_url": "https://go.example/spring", "reason": "It asks for my bank password."},
    "closeReport": {"take_down": True},
    "blockLink": {"reason": "phishing"},
    "createBioPage": {
        "title": "Ines Moreau",
        "bio": "Potter in Lyon",
        "look": {"theme": "sand", "accent": "#9c4a1a"},
        "profiles": [{"platform": "instagram", "url": "https://instagram.com/ines"}],
        "links": [
            {"title": "Shop", "url": "https://shop.example/", "icon": "shop", "highlight": True},
            {"title": "Summer market", "url": "https://market.example/", "ends_at": "2090-09-01T00:00:00Z"},
        ],
    },
    "updateBioPage": {"bio": "Potter in Lyon and Marseille"},
}
