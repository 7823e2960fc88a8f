"""What a language model is asked: to tell the facts of one item, and of nothing else.

The template is data. Its ``version`` is kept with every sentence that came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.explanation.facts import SYMMETRIC, Evidence, Fact, Kind, Thing
from recommender.explanation.generation import Prompt
from recommender.explanation.grammar import gbnf
from recommender.explanation.languages import LANGUAGES

#: Room for the longest names twice; what does not end by then is refused.
MAX_TOKENS = 96


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A system text and a user text; the user text holds ``{facts}`` and ``{item}``."""

    version: str
    system: str
    user: str

    def __post_init__(self) -> None:
        for field in ("{facts}", "{item}"):
            if field not in self.user:
                raise ValueError(f"the user text of a prompt needs {field}")

    def filled(self, *, facts: str, item: str) -> str:
        """The user text about one item; nothing in a name is taken for a field."""
        parts = self.user.replace("{facts}", "\0").replace("{item}", "\1")
        return parts.replace("\0", facts).replace("\1", item)


TEMPLATES: Mapping[str, PromptTemplate] = {
    "en": PromptTemplate(
        "en-2",
        "You tell a shopper in one short sentence why a product is recommended. "
        "You use the given facts only and copy names exactly.\n\n"
        "Product: Mirabel Tea Tray\n"
        "Facts:\n- You bought Mirabel Tea Pot.\n- Both have the same brand: Mirabel.\n"
        "Sentence: Because you bought Mirabel Tea Pot, you may like Mirabel Tea Tray, also by "
        "Mirabel.\n\n"
        "Product: Ostrava Egg Timer\n"
        "Facts:\n- You looked at Velden Egg Cups.\n"
        "- People who bought Velden Egg Cups also bought Ostrava Egg Timer.\n"
        "Sentence: You looked at Velden Egg Cups, and people who bought that also bought this.",
        "Product: {item}\nFacts:\n{facts}\nSentence:",
    ),
    "zh-hans": PromptTemplate(
        "zh-1",
        "你用一句简短友好的中文告诉顾客为什么推荐某件商品。只使用给出的事实，名称必须照抄。",
        "商品：{item}\n事实：\n{facts}\n句子：",
    ),
}


def prompt_for(
    evidence: Evidence, code: str, *, template: PromptTemplate | None = None, free: bool = False
) -> Prompt | None:
    """The prompt for one item; None where nothing is to be written about it.

    ``free`` leaves the grammar away, to see what a model does by itself.
    """
    grammar = gbnf(evidence, LANGUAGES[code])
    if grammar is None:
        return None
    chosen = template or TEMPLATES[code]
    facts = "\n".join(f"- {line}" for line in fact_lines(evidence))
    return Prompt(
        system=chosen.system,
        user=chosen.filled(facts=facts, item=evidence.called(evidence.item)),
        grammar=None if free else grammar,
        max_tokens=MAX_TOKENS,
        stop=("\n",),
    )


_DEEDS = {
    "bought": "You bought {0}.",
    "liked": "You like {0}.",
    "rated": "You rated {0}.",
    "carted": "You put {0} in your cart.",
    "viewed": "You looked at {0}.",
}
_LINKS = {
    "complements": "{1} goes well with {0}.",
    "substitutes": "{1} can take the place of {0}.",
    "bought_with": "{1} is often bought together with {0}.",
    "bought_together": "{1} is often bought together with {0}.",
    "also_bought": "People who bought {0} also bought {1}.",
    "also_viewed": "People who looked at {0} also looked at {1}.",
    "chosen_with": "People who chose {0} also chose {1}.",
    "similar": "{1} is similar to {0}.",
}


def fact_lines(evidence: Evidence) -> list[str]:
    """The facts that are worth telling, a plain English line each."""
    return [line for line in (_line(fact, evidence) for fact in evidence.facts) if line]


def _line(fact: Fact, evidence: Evidence) -> str:
    one = fact.statement
    # Where a relation has no direction, the known product comes first.
    last = one.kind is Kind.LINKED and one.what in SYMMETRIC
    ends = sorted(one.products, key=lambda p: p == evidence.item.id) if last else one.products
    called = [_called(product, evidence) for product in ends]
    match one.kind:
        case Kind.DID:
            return _DEEDS[one.what].format(*called)
        case Kind.LINKED:
            return _LINKS[one.what].format(*called)
        case Kind.SHARES:
            return f"Both have the same {one.what}: {one.value}."
        case Kind.TIMES:
            return f"You bought {called[0]} {one.value} times before."
        case Kind.POPULAR:
            return f"{called[0]} is popular in the shop right now."
        case Kind.WROTE:
            return f"A reviewer wrote: “{one.value}”"
        case _:
            return ""


def _called(product: str, evidence: Evidence) -> str:
    thing: Thing = evidence.things[product]
    return evidence.called(thing)
