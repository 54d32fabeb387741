"""What can go wrong with webhooks, beyond what every resource knows."""

from typing import ClassVar

from waypost.control.model.faults import Invalid, NotFound


class WebhookNotFound(NotFound):
    """No such endpoint in this workspace."""

    code: ClassVar[str] = "webhook_not_found"
    kind: ClassVar[str] = "webhook"


class DeliveryNotFound(NotFound):
    """No such delivery of this endpoint."""

    code: ClassVar[str] = "delivery_not_found"
    kind: ClassVar[str] = "delivery"


class InvalidWebhookUrl(Invalid):
    """Not a URL that events may be sent to."""

    code: ClassVar[str] = "invalid_webhook_url"
