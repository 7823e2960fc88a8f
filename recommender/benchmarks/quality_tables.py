"""The quality benchmark's figures, tables and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.benchmarks.amazon_beauty import PUBLISHED
from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.contracts import Longs
from recommender.learning import metrics

if TYPE_CHECKING:
    from recommender.benchmarks.quality import OrderResult, Outcome, QualityResult

#: Lists judged at once for diversity; bounds the memory for their vectors.
CHUNK = 2_000


def quality_report(result: QualityResult, options: Mapping[str, Any]) -> BenchmarkReport:
    """Tables for the reader and figures for the next comparison."""
    shuffled, filed = result.orders["shuffled"], result.orders["file_order"]
    names = ["blend", *(name for name in shuffled.outcomes if name != "blend")]
    lists = {name: _list_figures(result, shuffled, name) for name in names}
    figures = {
        key: value
        for name in names
        for key, value in _figures(name, shuffled, filed, lists[name]).items()
    }
    figures["blend.validation_ndcg_at_10"] = shuffled.validation_ndcg
    figures["seconds"] = result.seconds
    tables = [
        _accuracy("Ties shuffled, seen items kept", shuffled, names, unseen=False, published=True),
        _accuracy("Ties in the file's order, seen items kept", filed, names, unseen=False),
        _accuracy("Ties shuffled, seen items left out", shuffled, names, unseen=True),
        _subsets(shuffled, names),
        Table(
            "Lists of ten, and fitting",
            ("source", "coverage@10", "diversity@10", "novelty@10 (bits)", "fit seconds"),
            [(name, *lists[name], shuffled.fit_seconds.get(name)) for name in names],
        ),
        _weights(result),
    ]
    sample = f" --sample {options['sample']}" if options["sample"] else ""
    saved = " --save docs/benchmarks" if options.get("save") else ""
    command = (
        f"manage.py benchmark quality --dataset {options['dataset']} --data DIR"
        f" --seed {options['seed']}{sample}{saved}"
    )
    return BenchmarkReport(
        "quality", options["dataset"], options["seed"], command, figures, tables, _notes(result)
    )


def _figures(
    name: str, shuffled: OrderResult, filed: OrderResult, lists: tuple[float, float, float]
) -> dict[str, float]:
    variants: dict[str, Longs] = {
        "": shuffled.outcomes[name].ranks,
        ".excl": shuffled.outcomes[name].ranks_unseen,
        ".file_order": filed.outcomes[name].ranks,
        ".file_order.excl": filed.outcomes[name].ranks_unseen,
        ".same_day": shuffled.outcomes[name].ranks[shuffled.tied],
        ".later_day": shuffled.outcomes[name].ranks[~shuffled.tied],
        ".cold": shuffled.outcomes[name].ranks[shuffled.cold],
    }
    figures = {}
    for suffix, ranks in variants.items():
        for at in (5, 10):
            figures[f"{name}.hr_at_{at}{suffix}"] = metrics.hit_rate(ranks, at)
            figures[f"{name}.ndcg_at_{at}{suffix}"] = metrics.ndcg(ranks, at)
    figures[f"{name}.mrr"] = metrics.mrr(variants[""])
    titles = ("coverage_at_10", "diversity_at_10", "novelty_at_10")
    figures |= {f"{name}.{title}": value for title, value in zip(titles, lists, strict=True)}
    if name in shuffled.fit_seconds:
        figures[f"{name}.fit_s"] = shuffled.fit_seconds[name]
    return figures


def _list_figures(
    result: QualityResult, order: OrderResult, name: str
) -> tuple[float, float, float]:
    lists = order.outcomes[name].lists
    vectors = result.items.vectors
    chunks = [lists[start : start + CHUNK] for start in range(0, len(lists), CHUNK)]
    diversity = np.average(
        [metrics.diversity(chunk, vectors) for chunk in chunks],
        weights=[len(chunk) for chunk in chunks],
    )
    return (
        metrics.coverage(lists, len(result.items)),
        float(diversity),
        metrics.novelty(lists, order.popularity),
    )


def _accuracy(
    title: str, order: OrderResult, names: list[str], *, unseen: bool, published: bool = False
) -> Table:
    def row(name: str, outcome: Outcome) -> tuple[Cell, ...]:
        ranks = outcome.ranks_unseen if unseen else outcome.ranks
        return (
            name,
            metrics.hit_rate(ranks, 5),
            metrics.ndcg(ranks, 5),
            metrics.hit_rate(ranks, 10),
            metrics.ndcg(ranks, 10),
            metrics.mrr(ranks),
        )

    rows: list[tuple[Cell, ...]] = [row(name, order.outcomes[name]) for name in names]
    if published:
        rows += [(f"published: {name}", *values, None) for name, *values in PUBLISHED]
    return Table(title, ("source", "HR@5", "NDCG@5", "HR@10", "NDCG@10", "MRR"), rows)


def _subsets(order: OrderResult, names: list[str]) -> Table:
    masks = {"same day": order.tied, "later day": ~order.tied, "cold": order.cold}
    columns = [f"{kind}, {int(mask.sum()):,} tests" for kind, mask in masks.items()]
    rows = [
        (
            name,
            *(
                f"{metrics.hit_rate(ranks[mask], 10):.4f} / {metrics.ndcg(ranks[mask], 10):.4f}"
                for ranks in (order.outcomes[name].ranks,)
                for mask in masks.values()
            ),
        )
        for name in names
    ]
    title = "HR@10 / NDCG@10 by kind of test (ties shuffled, seen items kept)"
    return Table(title, ("source", *columns), rows)


def _weights(result: QualityResult) -> Table:
    return Table(
        "Weights of the blend, chosen on validation",
        ("source", "known items", "new items"),
        [(name, pair.known, pair.new) for name, pair in result.weights.sources.items()],
        digits=3,
    )


def _notes(result: QualityResult) -> list[str]:
    return [
        "Protocol: each user's last item is the test, the one before it the validation; sources "
        "are fitted on the rest, and the validation item is part of the history at test time. "
        f"Ranking is over all {len(result.items):,} items, ties in score broken at random by "
        "the seed.",
        "Ties shuffled: the items of one day are put into a random order before the split. No "
        "source sees an order inside a day (every order counts as equally likely), so the file's "
        "order, which sorts such ties by product code, cannot be learnt.",
        "Chosen on validation only (shuffled order, 8,000 users): how fast each source's history "
        "fades, EASE's regularisation and the weight of words in it, the shrinkage of item "
        "neighbours, the number of neighbouring sessions, whitening of the vectors, the "
        "half-life of popularity; these are the defaults of the sources. This run chose the "
        f"blend's weights on {result.tuned_on:,} validation users of the shuffled order; the "
        "same weights serve the file's order.",
        "Same day: the test item shares its day with the item before it. Cold: the test item has "
        "fewer than five training interactions. Diversity is one minus the mean cosine of the "
        "text vectors in a list, novelty the mean of -log2 of an item's share of interactions.",
        "Published figures are as their authors or the named log report them, in the file's "
        "order, trained without the validation item.",
        f"Whole run: {result.seconds:.0f} s after encoding the texts.",
    ]
