"""What an import says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: the line (0 for the file as a whole), the field and the limit."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        where = _("line %d") % self.line if self.line else _("the file")
        return ": ".join(part for part in (where, self.field, self.reason) if part)


class WrongFileError(Exception):
    """The file cannot be read at all, so that nothing of it is imported."""

    def __init__(self, reason: str, *, line: int = 0, field: str = "") -> None:
        super().__init__(reason)
        self.problem = Problem(line, field, reason)


@dataclass(slots=True)
class ImportReport:
    """How many rows were new, changed something, or said what was known; and the bad ones."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    #: False where nothing was written: a trial run, a strict import with problems, a wrong file.
    written: bool = True
