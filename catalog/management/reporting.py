"""What the import commands have in common: a progress bar, and the report in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.importing import Format, ImportReport, WrongFileError, format_of
from catalog.importing.run import Progress


@contextmanager
def rows_bar(label: str, *, unit: str, total: int | None = None) -> Iterator[Progress]:
    """A progress bar over rows on standard error; gives the function that moves it on."""
    with tqdm(desc=label, unit=f" {unit}s", total=total, file=sys.stderr) as bar:
        yield bar.update


def file_format(path: Path, chosen: str | None) -> Format:
    """The format that was chosen, or the one that the file's name promises."""
    if chosen:
        return Format(chosen)
    try:
        return format_of(path.name)
    except WrongFileError as error:
        raise CommandError(f"{path.name} {error}; or choose one by --format") from error


def report_show(
    command: BaseCommand,
    report: ImportReport,
    *,
    what: str,
    strict: bool = False,
    dry_run: bool = False,
) -> None:
    """Print every problem on standard error and the counts on standard output.

    Raises CommandError, which ends the command with status 1, where nothing could be taken: a
    strict import with problems, or a file that cannot be read.
    """
    for problem in report.problems:
        command.stderr.write(str(problem))
    if strict and report.problems:
        raise CommandError(f"{len(report.problems)} problems: nothing was imported (--strict)")
    taken = report.created + report.updated + report.unchanged
    if report.problems and not taken:
        raise CommandError(f"{len(report.problems)} problems: nothing was imported")
    summary = (
        f"{what}: {report.created:,} new, {report.updated:,} updated, "
        f"{report.unchanged:,} unchanged, {len(report.problems):,} problems"
    )
    command.stdout.write(f"{summary} (trial run: nothing was written)" if dry_run else summary)
