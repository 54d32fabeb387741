"""Encoders and decoders, built once. All of them speak msgpack; decoders raise one of DECODE_ERRORS."""

import msgspec

from waypost.wire.event import ScannedV1, ThresholdV1
from waypost.wire.form_answer import FormAnswerV1, FormTakenV1
from waypost.wire.link import DomainV1, LinkV1, WorkspaceV1
from waypost.wire.queries import Query, Reply
from waypost.wire.record import EdgeReportV1, HeartbeatV1, RecordBatchV1
from waypost.wire.scan import ScanBatchV1, ScanV1
from waypost.wire.totals import TotalsV1

DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding unknown bytes may raise: msgspec lets text that is not UTF-8 through as the second."""

_ENCODER = msgspec.msgpack.Encoder()

encode = _ENCODER.encode
"""Any wire message to msgpack bytes."""

encode_into = _ENCODER.encode_into
"""The same, into a bytearray at an offset."""

decode_link = msgspec.msgpack.Decoder(LinkV1).decode
decode_domain = msgspec.msgpack.Decoder(DomainV1).decode
decode_workspace = msgspec.msgpack.Decoder(WorkspaceV1).decode
decode_record_batch = msgspec.msgpack.Decoder(RecordBatchV1).decode
decode_heartbeat = msgspec.msgpack.Decoder(HeartbeatV1).decode
decode_edge_report = msgspec.msgpack.Decoder(EdgeReportV1).decode
decode_scan = msgspec.msgpack.Decoder(ScanV1).decode
decode_scan_batch = msgspec.msgpack.Decoder(ScanBatchV1).decode
decode_totals = msgspec.msgpack.Decoder(TotalsV1).decode
decode_form_answer = msgspec.msgpack.Decoder(FormAnswerV1).decode
decode_form_taken = msgspec.msgpack.Decoder(FormTakenV1).decode
decode_query = msgspec.msgpack.Decoder(Query).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode
decode_scanned = msgspec.msgpack.Decoder(ScannedV1).decode
decode_threshold = msgspec.msgpack.Decoder(ThresholdV1).decode
