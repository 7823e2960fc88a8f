"""The quality benchmark's tables and notes, from figures that are means over the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recommender.benchmarks.amazon_beauty import PUBLISHED
from recommender.benchmarks.quality_figures import Part, over_seeds
from recommender.benchmarks.quality_notes import notes
from recommender.benchmarks.quality_sources import BLEND, READS
from recommender.benchmarks.report import BenchmarkReport, Cell, Table

if TYPE_CHECKING:
    from recommender.benchmarks.quality import QualityResult

Figures = Mapping[str, float]
METRICS = ("hr_at_5", "ndcg_at_5", "hr_at_10", "ndcg_at_10")
TITLES = ("HR@5", "NDCG@5", "HR@10", "NDCG@10")
#: What the blend has to reach: HR@10 and NDCG@10, seen items kept and removed.
BARS: Mapping[str, tuple[float, float]] = {"": (0.104, 0.060), ".excl": (0.115, 0.068)}


def quality_report(result: QualityResult, options: Mapping[str, Any]) -> BenchmarkReport:
    """Tables for the reader and figures for the next comparison."""
    figures = over_seeds([part.figures for part in result.seeds])
    for part in result.extras.values():
        figures |= {key: value for key, value in part.figures.items() if key != "seconds"}
    figures["seconds"] = sum(
        part.figures["seconds"] for part in (*result.seeds, *result.extras.values())
    )
    figures |= _against_published(figures)
    blends = list(result.seeds[0].weights)
    singles = [*result.plan.sources, *result.plan.unblended]
    names = [BLEND, *singles]
    tables = [
        _accuracy("Ties shuffled, seen items kept", figures, names, ""),
        _accuracy("Ties shuffled, seen items left out", figures, names, ".excl"),
        *_extra_tables(figures, names, result.extras),
        _published(figures),
        _bars(figures),
        _ablations(figures, blends[1:]),
        _subsets(figures, [*names, *blends[1:]]),
        _cold(figures, blends),
        _lists(figures, [*names, *blends[1:]]),
        _weights(result.seeds),
    ]
    return BenchmarkReport(
        "quality",
        options["dataset"],
        result.plan.seeds[0],
        _command(result, options),
        figures,
        [table for table in tables if table.rows],
        notes(result, figures),
    )


def _command(result: QualityResult, options: Mapping[str, Any]) -> str:
    words = [
        f"manage.py benchmark quality --dataset {options['dataset']} --data DIR",
        f"--seeds {','.join(map(str, result.plan.seeds))}",
    ]
    words += [
        f"--{name} {options[name]}" for name in ("without", "skip", "sample") if options.get(name)
    ]
    words += ["--save docs/benchmarks"] if options.get("save") else []
    return " ".join(words)


def _spread(figures: Figures, key: str, digits: int = 4) -> str:
    """The figure, and how far the seeds lie apart where there are several."""
    around = figures.get(f"{key}.sd")
    return f"{figures[key]:.{digits}f}" + (f" ± {around:.{digits}f}" if around is not None else "")


def _accuracy(title: str, figures: Figures, names: Sequence[str], suffix: str) -> Table:
    rows: list[list[Cell]] = [
        [name, *(_spread(figures, f"{name}.{metric}{suffix}") for metric in METRICS)]
        for name in names
        if f"{name}.hr_at_5{suffix}" in figures
    ]
    if suffix:
        return Table(title, ("source", *TITLES), rows)
    for row in rows:
        row.append(figures[f"{row[0]}.mrr"])
    return Table(title, ("source", *TITLES, "MRR"), rows)


def _extra_tables(
    figures: Figures, names: Sequence[str], extras: Mapping[str, Part]
) -> list[Table]:
    titles = {
        "file_order": "Ties in the file's order",
        "refit": "Refitted on train and validation, ties shuffled",
    }
    return [
        _accuracy(f"{titles[extra]}, seen items {words}", figures, names, f".{extra}{kind}")
        for extra in extras
        for words, kind in (("kept", ""), ("left out", ".excl"))
    ]


def _orders(figures: Figures) -> list[tuple[str, str]]:
    found = [("ties shuffled", "")]
    if f"{BLEND}.hr_at_10.file_order" in figures:
        found.append(("in the file's order", ".file_order"))
    return found


def _against_published(figures: Figures) -> dict[str, float]:
    """How many published figures lie below the blend's, seen items kept, in every order."""
    below = above = 0
    for _, *values in PUBLISHED:
        for metric, value in zip(METRICS, values, strict=True):
            if value is not None:
                ours = min(figures[f"{BLEND}.{metric}{kind}"] for _, kind in _orders(figures))
                below, above = below + (value < ours), above + (value >= ours)
    return {"published.below": float(below), "published.above": float(above)}


def _published(figures: Figures) -> Table:
    def word(values: Sequence[float | None], kind: str) -> str:
        lower = {
            value < figures[f"{BLEND}.{metric}{kind}"]
            for metric, value in zip(METRICS, values, strict=True)
            if value is not None
        }
        return "below" if lower == {True} else "above" if lower == {False} else "partly above"

    orders = _orders(figures)
    rows: list[tuple[Cell, ...]] = [
        (name, *values, *(word(values, kind) for _, kind in orders)) for name, *values in PUBLISHED
    ]
    rows += [
        (
            f"blend, {order}",
            *(figures[f"{BLEND}.{m}{kind}"] for m in METRICS),
            *("-" for _ in orders),
        )
        for order, kind in orders
    ]
    columns = ("published", *TITLES, *(f"against the blend, {order}" for order, _ in orders))
    return Table("Published figures beside the blend's, seen items kept", columns, rows)


def _bars(figures: Figures) -> Table:
    rows = [
        (
            f"{title}, seen items {'left out' if kind else 'kept'}",
            _spread(figures, f"{BLEND}.{metric}{kind}"),
            f"{bar:.3f}",
            "yes" if figures[f"{BLEND}.{metric}{kind}"] >= bar else "no",
        )
        for kind, pair in BARS.items()
        for metric, title, bar in zip(METRICS[2:], TITLES[2:], pair, strict=True)
    ]
    return Table(
        "What the blend has to reach, ties shuffled", ("figure", "blend", "bar", "reached"), rows
    )


def _ablations(figures: Figures, names: Sequence[str]) -> Table:
    orders = _orders(figures)[1:]
    columns = (
        "blend", *TITLES[2:], "HR@10 unseen", "NDCG@10 unseen",
        *(f"{title} {order}" for order, _ in orders for title in TITLES[2:]),
        "NDCG@10 lost", "coverage lost",
    )  # fmt: skip
    keys = [f"{metric}{kind}" for kind in ("", ".excl") for metric in METRICS[2:]]
    keys += [f"{metric}{kind}" for _, kind in orders for metric in METRICS[2:]]
    rows = [
        (
            name,
            *(_spread(figures, f"{name}.{key}") for key in keys),
            "{:+.4f} ± {:.4f}".format(
                figures[f"{name}.ndcg_at_10_lost"], figures[f"{name}.ndcg_at_10_lost_se"]
            )
            if f"{name}.ndcg_at_10_lost" in figures
            else "-",
            f"{figures[f'{BLEND}.coverage_at_10'] - figures[f'{name}.coverage_at_10']:+.4f}",
        )
        for name in ([BLEND, *names] if names else [])
    ]
    return Table("The blend without a part of it", columns, rows)


def _subsets(figures: Figures, names: Sequence[str]) -> Table:
    kinds = ("same_day", "later_day", "cold")
    columns = [f"{kind.replace('_', ' ')}, {figures[f'tests.{kind}']:,.0f} tests" for kind in kinds]
    rows = [
        (
            name,
            *(
                f"{figures[f'{name}.hr_at_10.{kind}']:.4f} / "
                f"{figures[f'{name}.ndcg_at_10.{kind}']:.4f}"
                for kind in kinds
            ),
        )
        for name in names
    ]
    title = "HR@10 / NDCG@10 by kind of test (ties shuffled, seen items kept)"
    return Table(title, ("source", *columns), rows)


def _cold(figures: Figures, blends: Sequence[str]) -> Table:
    """Recall equals HR here: one item was taken."""
    asked = [("with content", BLEND), ("without content", "without_text")]
    asked += [
        (f"{kind} alone", name)
        for kind, name in (("content", "content"), ("transitions", "transitions"))
        if f"{name}.hr_at_10.cold" in figures
    ]
    if "without_text" not in blends:
        return Table("", (), [])
    rows = [
        (
            words,
            *(_spread(figures, f"{name}.{m}.cold") for m in METRICS),
            _spread(figures, f"{name}.hr_at_10.warm"),
        )
        for words, name in asked
    ]
    title = f"Cold items ({figures['tests.cold']:,.0f} tests): with and without content"
    columns = ("ranking", "recall@5", "NDCG@5", "recall@10", "NDCG@10", "recall@10, other items")
    return Table(title, columns, rows)


def _lists(figures: Figures, names: Sequence[str]) -> Table:
    kinds = ("coverage_at_10", "diversity_at_10", "novelty_at_10", "fit_s")
    rows = [(name, *(figures.get(f"{name}.{kind}") for kind in kinds)) for name in names]
    columns = ("source", "coverage@10", "diversity@10", "novelty@10 (bits)", "fit seconds")
    return Table("Lists of ten, and fitting", columns, rows)


def _weights(seeds: Sequence[Part]) -> Table:
    """Mean over the seeds of what validation chose."""
    chosen = [part.weights[BLEND].sources for part in seeds]
    rows = [
        (
            name,
            ", ".join(sorted(READS.get(name, frozenset()))) or "-",
            sum(one[name].known for one in chosen) / len(chosen),
            sum(one[name].new for one in chosen) / len(chosen),
        )
        for name in chosen[0]
    ]
    return Table(
        "Weights of the blend, chosen on validation",
        ("source", "belongs to", "known items", "new items"),
        rows,
        digits=3,
    )
