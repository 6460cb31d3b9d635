"""Logs: one line for each record, as text for people or as JSON for machines, without personal data.

Our own messages name ids alone. The text of an exception may quote an address, so it is left out: its type
and where it was raised are told instead. Of what libraries say, only the first line is kept, for some add
the exception's text below.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Any, Literal

from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

LogFormat = Literal["text", "json"]

FIELDS = "nurture"
"""Attribute of a record that holds its structured fields: ids, kinds, outcomes, numbers."""

_PLACES = 6


class _Lines(logging.Formatter):
    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        told = _told(record)
        if self._as_json:
            return json.dumps(told, ensure_ascii=False)
        rest = [f"{name}={value}" for name, value in told.items() if name not in _FIRST]
        return " ".join([*(str(told[name]) for name in _FIRST), *rest])


_FIRST = ("at", "level", "logger", "message")


def _told(record: logging.LogRecord) -> dict[str, Any]:
    message = record.getMessage()
    if not record.name.startswith("nurture"):
        message = message.partition("\n")[0]
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    told: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
    told |= {"message": message, **getattr(record, FIELDS, {})}
    if record.exc_info and record.exc_info[0] is not None:
        frames = reversed(extract_tb(record.exc_info[2])[-_PLACES:])
        told["error"] = record.exc_info[0].__name__
        told["places"] = [f"{frame.filename}:{frame.lineno}" for frame in frames]
    return told


def configure(format: LogFormat) -> None:
    """Send all records to standard error: ours from `info` on where machines read, else warnings alone.

    Temporal's own core writes to standard output unless it is told otherwise: it is.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(format == "json"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("nurture").setLevel(logging.INFO if format == "json" else logging.WARNING)
    # The local mail server's own log tells every address.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    forwarding = LogForwardingConfig(
        logging.getLogger("temporal.core"), append_target_to_name=False, prepend_target_on_message=False
    )
    core = LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding)
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=core)), error_if_already_set=False)
