"""Ids that a file holds twice: the first row counts, the others are reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from catalog.importing.report import ImportReport, Problem


class _Numbered(Protocol):
    @property
    def line(self) -> int: ...


Record = TypeVar("Record", bound=_Numbered)


class Seen:
    """The ids of one import and the lines on which they stood first."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._lines: dict[str, int] = {}

    def first_ones(
        self,
        records: Sequence[Record],
        id_of: Callable[[Record], str],
        report: ImportReport,
        may_repeat: Callable[[Record], bool] = lambda record: False,
    ) -> list[Record]:
        """The records whose id is new.

        The rest become problems that name the earlier line, or, where they may repeat what was
        said, count as unchanged.
        """
        fresh = []
        for record in records:
            first = self._lines.setdefault(id_of(record), record.line)
            if first == record.line:
                fresh.append(record)
            elif may_repeat(record):
                report.unchanged += 1
            else:
                reason = _("stands on line %d already") % first
                report.problems.append(Problem(record.line, self._field, reason))
        return fresh
