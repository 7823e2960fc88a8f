"""What a reader of the quality benchmark has to know to judge its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender.benchmarks.quality import QualityResult


def notes(result: QualityResult, figures: Mapping[str, float]) -> list[str]:
    """Protocol, what was tuned on what, and what the words mean."""
    seeds = ", ".join(map(str, result.plan.seeds))
    found = [
        "Protocol: each user's last item is the test, the one before it the validation; sources "
        "are fitted on the rest, and the validation item is part of the history at test time. "
        f"{figures['tests']:,.0f} tests; ranking is over all {result.n_items:,} items, ties in "
        "score broken at random by the seed.",
        "Ties shuffled: the items of one day are put into a random order before the split. No "
        "source sees an order inside a day (every order counts as equally likely), so the file's "
        "order, which sorts such ties by product code, cannot be learnt.",
        f"Seeds {seeds}: each one shuffles the ties, draws the tuning sample and starts the "
        "sources that draw. Figures are means over the seeds, ± the standard deviation between "
        "them. "
        + (
            f"With seed {result.plan.seeds[0]} alone: {', '.join(result.extras)}."
            if result.extras
            else ""
        ),
        "Chosen on validation only (shuffled order, 8,000 users): how fast each source's history "
        "fades, EASE's regularisation and the weight of words in it, the shrinkage of item "
        "neighbours, the number of neighbouring sessions, whitening of the vectors, the "
        "half-life of popularity; these are the defaults of the sources. Each seed chose the "
        f"weights of its blends on {figures['tuned_on']:,.0f} validation users; the same weights "
        "serve the file's order and the refit.",
        "An ablation is the blend without a source, or without all sources that learn from "
        "interactions (collaborative), from texts and their vectors (text), from the facts "
        "(graph), by gradients (neural); its weights are chosen anew on validation, from the "
        "blend's on. Where text_ease is left out for its texts, ease takes its place. NDCG@10 "
        "lost is the mean over the tests, ± its standard error for one seed; negative means that "
        "the part did harm. The ablations rank the 200 best items of every source and the target, "
        "the sources and the blend all items.",
        "The graph's facts are brand, category and bought_with, the last drawn from the training "
        "part alone; what the other facts add is measured by the benchmark graph.",
        "Same day: the test item shares its day with the item before it. Cold: the test item has "
        "fewer than five training interactions. Diversity is one minus the mean cosine of the "
        "text vectors in a list, novelty the mean of -log2 of an item's share of interactions.",
        "Published figures are as their authors or the named log report them, in the file's "
        "order, trained without the validation item.",
        f"Whole run: {figures['seconds']:,.0f} s after encoding the texts.",
    ]
    if "refit" in result.extras:
        found.insert(
            4,
            "Refitted: the sources have also learnt the validation items, as a live system has; "
            "no published figure is to be compared with these.",
        )
    return found
