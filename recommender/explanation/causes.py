"""Which of a shopper's deeds led to a proposed product: what an explanation names."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.contracts import EventType, Floats, History
from recommender.explanation.templates import LINKING_SOURCES
from recommender.features.shopper_state import ShopperState
from recommender.ranking.model import BlendedModel

#: Deeds that are tried as the cause of a recommendation.
CAUSES = 25


def causes_of(
    proposed: Mapping[str, Mapping[str, float]], state: ShopperState, model: BlendedModel
) -> dict[str, tuple[str, EventType]]:
    """For each proposed product the deed's product that speaks most for it, and what was done.

    ``proposed`` holds what each source contributed, by external id.
    """
    done: dict[str, EventType] = {}
    for deed in reversed(state.deeds):
        if deed.product not in state.rejected and model.index(deed.product) is not None:
            # Of several deeds with one product the weightiest is worth telling.
            done.setdefault(deed.product, deed.type)
            if deed.type is EventType.PURCHASE:
                done[deed.product] = deed.type
        if len(done) == CAUSES:
            break
    if not done:
        return {}
    products = list(done)
    links = _Links(model, [index for index in map(model.index, products) if index is not None])
    causes = {}
    for product, sources in proposed.items():
        best = links.strongest(product, sources)
        if best is not None:
            causes[product] = (products[best], done[products[best]])
    return causes


class _Links:
    """What each deed alone would have proposed, by source, computed for the sources asked for."""

    def __init__(self, model: BlendedModel, deeds: list[int]) -> None:
        self.model = model
        self.deeds = deeds
        self.scores: dict[str, Floats] = {}

    def strongest(self, product: str, sources: Mapping[str, float]) -> int | None:
        """Place of the deed that the product's weightiest linking source followed most."""
        item = self.model.index(product)
        linking = {n: s for n, s in sources.items() if n in LINKING_SOURCES}
        if item is None or not linking:
            return None
        name = max(linking, key=lambda n: linking[n])
        if name not in self.scores:
            histories = [History.of([deed]) for deed in self.deeds]
            self.scores[name] = self.model.sources[name].score(histories)
        links = self.scores[name][:, item].copy()
        # That somebody bought the very same thing explains nothing.
        links[[place for place, deed in enumerate(self.deeds) if deed == item]] = 0.0
        best = int(links.argmax())
        return best if links[best] > 0 else None
