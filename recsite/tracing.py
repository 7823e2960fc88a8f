"""One id for whatever a request sets in motion: through the web, the broker and the workers.

A request that brings a W3C ``traceparent`` keeps its trace; any other gets a new one. Answers say
it in ``X-Trace-Id``, log lines in ``trace``, messages to the pool in a header of that name.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse

from recsite import metrics

HEADER = "X-Trace-Id"
#: https://www.w3.org/TR/trace-context/#traceparent-header
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
NO_TRACE = "0" * 32

_trace: ContextVar[str] = ContextVar("trace", default="")
_task_began: ContextVar[float] = ContextVar("task_began", default=0.0)
logger = logging.getLogger("recsite.requests")


def trace_id() -> str:
    """The trace to which what runs now belongs, or nothing."""
    return _trace.get()


def _trace_of(request: HttpRequest) -> str:
    told = TRACEPARENT.fullmatch(request.headers.get("traceparent", "").strip())
    return told[1] if told and told[1] != NO_TRACE else uuid.uuid4().hex


class TraceMiddleware:
    """Gives each request its trace, and times the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _trace.set(_trace_of(request))
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            took = time.perf_counter() - began
            match = request.resolver_match
            route = match.route if match else "(none)"
            # Names of methods come from outside: an unknown one must not make a label.
            method = request.method if request.method in METHODS else "other"
            metrics.REQUEST_SECONDS.labels(route, method, response.status_code).observe(took)
            logger.debug(
                "%s %s", request.method, request.path,
                extra={"status": response.status_code, "ms": round(took * 1000, 1)},
            )  # fmt: skip
            response.headers[HEADER] = trace_id()
            return response
        finally:
            _trace.reset(token)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@before_task_publish.connect
def _send_trace(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None:
        headers["trace"] = trace_id() or uuid.uuid4().hex
        headers["sent_at"] = time.time()


@task_prerun.connect
def _take_trace(task: Any = None, **_: Any) -> None:
    _trace.set(str(getattr(task.request, "trace", "") or ""))
    _task_began.set(time.perf_counter())
    sent_at = getattr(task.request, "sent_at", None)
    if isinstance(sent_at, int | float):
        # Clocks of two machines may differ by a little.
        metrics.TASK_WAIT_SECONDS.labels(task.name).observe(max(0.0, time.time() - sent_at))


@task_postrun.connect
def _time_task(task: Any = None, state: str | None = None, **_: Any) -> None:
    took = time.perf_counter() - _task_began.get()
    metrics.TASK_SECONDS.labels(task.name, str(state or "").lower() or "unknown").observe(took)
    _trace.set("")


class TraceFilter(logging.Filter):
    """Adds the trace to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.trace = trace_id() or "-"
        return True


#: What every record has; the rest was given with ``extra`` and is told as well.
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "trace", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, trace and what ``extra`` adds."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "trace": getattr(record, "trace", "-"),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)
