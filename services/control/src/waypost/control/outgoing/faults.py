"""What can go wrong with an outgoing call. Each carries data; whoever shows it finds the words.

OutgoingFault
├── TargetRefused      we will not call this; nothing was sent
└── CallFailed         we tried
    ├── ResolutionFailed
    ├── ConnectFailed
    ├── TlsFailed
    ├── CallTimedOut
    └── AnswerBroken
"""


class OutgoingFault(Exception):
    """An outgoing call that gave no answer: a stable code and a detail for a person."""

    code = "outgoing_fault"

    def __init__(self, host: str, detail: str) -> None:
        super().__init__(f"{self.code}: {host}: {detail}")
        self.host = host
        self.detail = detail


class TargetRefused(OutgoingFault):
    """The URL, its port or one of its addresses is not allowed. No byte left this machine."""

    code = "target_refused"


class CallFailed(OutgoingFault):
    """The call was tried and brought no answer. Trying later may help."""

    code = "call_failed"


class ResolutionFailed(CallFailed):
    """The name has no address, or the name server does not answer."""

    code = "name_not_resolved"


class ConnectFailed(CallFailed):
    """No checked address accepts the connection."""

    code = "connect_failed"


class TlsFailed(CallFailed):
    """The certificate is not valid for the name, or there is no common TLS version."""

    code = "tls_failed"


class CallTimedOut(CallFailed):
    """No complete answer within the time of the call."""

    code = "timed_out"


class AnswerBroken(CallFailed):
    """The other side does not speak HTTP, or ended the connection too early."""

    code = "answer_broken"
