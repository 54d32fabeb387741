"""Bounds of webhooks."""

ENDPOINTS_PER_WORKSPACE_MAX = 100
FILTERS_PER_ENDPOINT_MAX = 200
"""Links, tags and domains that one endpoint may name, of each kind."""
EVENTS_PER_ENDPOINT_MAX = 64
DESCRIPTION_CHARACTERS_MAX = 500

SECRET_BYTES = 32
SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64
"""Standard Webhooks 1.0.0: a secret has 24 to 64 bytes."""
ROTATION_OVERLAP_MS = 24 * 3600 * 1000

SUCCESS_WITHIN_S = 10.0
RETRY_AFTER_MAX_S = 12 * 3600
JITTER = 0.1
RESPONSE_HEAD_BYTES_MAX = 1024

IN_FLIGHT_PER_ENDPOINT_MAX = 4
IN_FLIGHT_MAX = 64
CROWDED_AT = 32
"""From this many calls under way on, and always while an endpoint fails, it gets one at a time: twenty
endpoints that hang must not hold all places until their calls time out."""

NOTICES_AT = (5, 10, 15)
FAILURES_MAX = 20
FAILURE_COUNTED_EVERY_MS = 60_000
"""Failures within one minute count once: a receiver that restarts while events wait is not broken."""
FAILING_DAYS_NATIVE = 5
FAILING_DAYS_DIALECT = 7

SCANS_PER_BATCH_MAX = 100
BATCH_WINDOW_MS = 5_000

DEAD_LETTERS_KEPT_MS = 30 * 24 * 3600 * 1000
DELIVERED_KEPT_MS = 7 * 24 * 3600 * 1000
ATTEMPTS_PER_DELIVERY_MAX = 64
"""Attempts of one delivery that the log keeps; replays add to it."""

LEASE_MS = 20_000
"""How long a claimed delivery belongs to a worker; twice what an attempt may take."""
BATCHES_PER_TURN_MAX = 64
PENDING_PER_ENDPOINT_MAX = 10_000
"""What waits for one endpoint; beyond it events become dead letters at once, to be replayed later."""
EVENTS_PER_TURN_MAX = 100
FORGOTTEN_PER_TURN_MAX = 1_000
REPLAYED_AT_ONCE_MAX = 10_000
