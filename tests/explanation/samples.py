"""Evidence about a small shop, for tests of what may be said of it."""

from __future__ import annotations

from typing import Any

from recommender.explanation.facts import Evidence, Thing, evidence_of

WASH = Thing("wash", "Dove Body Wash, 12 oz", "Dove", "Body Washes", size="12 oz")
LOTION = Thing("lotion", "Dove Cream Oil Lotion, 8 oz", "Dove", "Lotions", size="8 oz")
BRUSH = Thing("brush", "Conair Paddle Brush", "Conair", "Brushes", (("material", "bamboo"),))
COMB = Thing("comb", "Kent Pocket Comb", "Kent", "Brushes", (("material", "bamboo"),))
SOAP = Thing("soap", "Plain Olive Soap", "Olivella", "Soaps")
THINGS = {thing.id: thing for thing in (WASH, LOTION, BRUSH, COMB, SOAP)}


def step(predicate: str, product: str = "", name: str = "", *, forward: bool = True) -> dict:
    """A place on a stored walk."""
    key = f"product:{product}" if product else f"thing:{name}"
    return {
        "predicate": predicate, "forward": forward, "told": bool(predicate), "key": key,
        "name": name, "product": product,
    }  # fmt: skip


def because(product: str, did: str = "bought", path: tuple[dict, ...] = ()) -> dict[str, Any]:
    """A stored explanation by a deed, and by a walk from it where there is one."""
    if not path:
        return {"template": f"because-{did}", "product": product}
    return {
        "template": "graph-path", "because": f"because-{did}", "product": product,
        "path": [step("", product), *path],
    }  # fmt: skip


def evidence(item: str, explanation: dict[str, Any], **more: Any) -> Evidence:
    """The evidence; the sample products are known."""
    found = evidence_of(item, explanation, more.pop("things", THINGS), **more)
    assert found is not None
    return found


#: Dove Body Wash, since Dove Cream Oil Lotion was bought and its buyers also bought the wash.
WASH_AFTER_LOTION = evidence("wash", because("lotion", path=(step("also_bought", "wash"),)))
#: A brush beside a comb that the shopper looked at; they share a material and a category.
BRUSH_AFTER_COMB = evidence("brush", because("comb", "viewed"))
