"""What every benchmark ends with: tables to read, one line of JSON to compare, files to keep."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table. Floats are printed with ``digits`` decimals, None as a dash."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    digits: int = 4

    def cells(self) -> list[list[str]]:
        """Every row as words."""
        return [[self._word(cell) for cell in row] for row in self.rows]

    def _word(self, cell: Cell) -> str:
        if cell is None:
            return "-"
        return f"{cell:.{self.digits}f}" if isinstance(cell, float) else str(cell)

    def text(self) -> str:
        """Columns aligned for a terminal."""
        rows = [list(self.columns), *self.cells()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.columns))]
        lines = [
            "  ".join(
                word.ljust(width) if column == 0 else word.rjust(width)
                for column, (word, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, *lines])

    def markdown(self) -> str:
        """The same as a Markdown section."""
        lines = [
            "| " + " | ".join(self.columns) + " |",
            "|"
            + "|".join("---" if column == 0 else "---:" for column in range(len(self.columns)))
            + "|",
            *("| " + " | ".join(row) + " |" for row in self.cells()),
        ]
        return "\n".join([f"## {self.title}", "", *lines])


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """Figures by name, the tables that show them, and what is needed to get them again."""

    benchmark: str
    dataset: str
    seed: int
    command: str
    figures: Mapping[str, float]
    tables: Sequence[Table]
    notes: Sequence[str] = ()

    def as_json(self) -> dict[str, object]:
        """The fields of the last line."""
        return {
            "benchmark": self.benchmark,
            "dataset": self.dataset,
            "seed": self.seed,
            "machine": machine(),
            "figures": dict(self.figures),
        }

    def json_line(self) -> str:
        """One line, figures rounded to six decimals."""
        content = self.as_json()
        content["figures"] = {name: round(value, 6) for name, value in self.figures.items()}
        return json.dumps(content)

    def text(self) -> str:
        """Everything for a terminal; the JSON comes last, on a line of its own."""
        parts = [*(table.text() for table in self.tables), *self.notes, self.json_line()]
        return "\n\n".join(parts)

    def markdown(self) -> str:
        """A page for docs/benchmarks."""
        head = [
            f"# Benchmark: {self.benchmark} on {self.dataset}",
            "",
            f"- command: `{self.command}`",
            f"- seed: {self.seed}",
            f"- machine: {machine()}",
            f"- measured: {datetime.now(UTC):%Y-%m-%d}",
            "",
        ]
        notes = [f"- {note}" for note in self.notes]
        tables = [part for table in self.tables for part in (table.markdown(), "")]
        return "\n".join([*head, *tables, "## Notes", "", *notes, ""])

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write ``<benchmark>-<dataset>.md`` and ``.json``; returns both paths."""
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / f"{self.benchmark}-{self.dataset}.md"
        data = page.with_suffix(".json")
        page.write_text(self.markdown())
        data.write_text(json.dumps(json.loads(self.json_line()), indent=1) + "\n")
        return page, data


def machine() -> str:
    """Cores, processor and memory, in words; without anything that names the host."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = models[0].split(":", 1)[1].strip() if models else processor
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} cores, {processor}, {memory_gib:.0f} GiB memory"
