"""Sentences that are written beforehand: a few ways of telling each set of facts.

The likeliest of them stands in where a language model's own sentence was refused. They go through
the same verifier as everything else that is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recommender.explanation.facts import Evidence, Kind, Statement
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.verifier import verify

#: More than these are not worth the time of judging them.
MOST = 8
#: Of several facts those are told that say most.
_ORDER = (
    "complements",
    "substitutes",
    "bought_with",
    "bought_together",
    "also_bought",
    "also_viewed",
    "material",
    "use",
    "theme",
    "brand",
    "attribute",
    "category",
    "chosen_with",
    "similar",
)

Sentences = Mapping[str, tuple[str, ...]]
#: What was done with the product, at the beginning and inside of a sentence, and behind it.
_EN_DEEDS: Mapping[str, tuple[str, str, str]] = {
    "bought": ("You bought {0}", "you bought {0}", "which you bought"),
    "liked": ("You like {0}", "you like {0}", "which you like"),
    "rated": ("You rated {0}", "you rated {0}", "which you rated"),
    "carted": (
        "You put {0} in your cart",
        "you put {0} in your cart",
        "which you put in your cart",
    ),
    "viewed": ("You looked at {0}", "you looked at {0}", "which you looked at"),
}
_ZH_DEEDS: Mapping[str, tuple[str, str, str]] = {
    "bought": ("您买过“{0}”", "您买过“{0}”", "与您买过的“{0}”一样"),
    "liked": ("您喜欢“{0}”", "您喜欢“{0}”", "与您喜欢的“{0}”一样"),
    "rated": ("您评价过“{0}”", "您评价过“{0}”", "与您评价过的“{0}”一样"),
    "carted": ("您把“{0}”加入了购物车", "您把“{0}”加入了购物车", "与您加入购物车的“{0}”一样"),
    "viewed": ("您看过“{0}”", "您看过“{0}”", "与您看过的“{0}”一样"),
}
_DEED_ALONE: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Because {deed}, you may like this.",
        "You may like this because {deed}.",
        "We picked this for you because {deed}.",
        "{begin}, so we suggest this.",
    ),
    "zh-hans": (
        "因为{deed}，您可能会喜欢这款商品。",
        "{begin}，我们为您推荐了这款商品。",
        "因为{deed}，所以这款商品可能适合您。",
    ),
}


def _english_property(words: str) -> tuple[str, ...]:
    return (
        f"Because {{deed}}, you may like this, also {words}.",
        f"{{begin}}, and this is also {words}.",
        f"This is {words}, like {{product}}, {{behind}}.",
        f"This is {words}, just like {{product}}.",
    )


def _english_link(words: str) -> tuple[str, ...]:
    return (
        f"This {words} {{product}}, {{behind}}.",
        f"This {words} {{product}}.",
        f"{{begin}}, and this {words} that.",
        f"Because {{deed}}, you may like this, which {words} that.",
    )


def _english_crowd(did: str, by: str) -> tuple[str, ...]:
    return (
        f"People who {did} {{product}} also {did} this.",
        f"This is also {by} by people who {did} {{product}}.",
        f"{{begin}}, and people who {did} that also {did} this.",
        f"Because {{deed}}, you may like this, which is also {by} by people who {did} that.",
    )


def _chinese_property(words: str) -> tuple[str, ...]:
    return (
        f"{{behind}}，这款商品也{words}。",
        f"{{begin}}，这款商品也{words}。",
        f"{{begin}}，这款商品也{words}，您可能会喜欢这款商品。",
        f"这款商品与“{{product}}”都{words}。",
    )


def _chinese_link(words: str) -> tuple[str, ...]:
    return (
        "{begin}，这款商品" + words.replace("@", "它") + "。",
        "这款商品" + words.replace("@", "“{product}”") + "。",
        "{begin}，这款商品" + words.replace("@", "它") + "，您可能会喜欢这款商品。",
    )


def _chinese_crowd(did: str, also: str) -> tuple[str, ...]:
    return (
        f"{did}“{{product}}”的顾客也{also}这款商品。",
        f"{{begin}}，{did}它的顾客也{also}这款商品。",
    )


_TOGETHER = "is often bought together with"
_FACTS: Mapping[str, Sentences] = {
    "en": {
        "brand": _english_property("by {value}"),
        "category": _english_property("in the category {value}"),
        "attribute": _english_property("marked as “{value}”"),
        "material": _english_property("made of {value}"),
        "use": _english_property("used for {value}"),
        "theme": _english_property("about {value}"),
        "complements": _english_link("goes well with"),
        "substitutes": _english_link("can take the place of"),
        "bought_with": _english_link(_TOGETHER),
        "bought_together": _english_link(_TOGETHER),
        "similar": _english_link("is similar to"),
        "also_bought": _english_crowd("bought", "bought"),
        "also_viewed": _english_crowd("looked at", "looked at"),
        "chosen_with": _english_crowd("chose", "chosen"),
        "times": (
            "You have bought this {value} times before.",
            "You bought this {value} times before.",
            "You bought this once before.",
            "You have bought this twice before.",
        ),
        "popular": (
            "This is popular in the shop right now.",
            "Many shoppers choose this right now.",
        ),
    },
    "zh-hans": {
        "brand": _chinese_property("来自{value}品牌"),
        "category": _chinese_property("属于“{value}”分类"),
        "attribute": _chinese_property("标有“{value}”"),
        "material": _chinese_property("由{value}制成"),
        "use": _chinese_property("用于{value}"),
        "theme": _chinese_property("与{value}有关"),
        "complements": _chinese_link("适合与@搭配"),
        "substitutes": _chinese_link("可以代替@"),
        "bought_with": _chinese_link("经常与@一起购买"),
        "bought_together": _chinese_link("经常与@一起购买"),
        "similar": _chinese_link("与@相似"),
        "also_bought": _chinese_crowd("购买过", "购买了"),
        "also_viewed": _chinese_crowd("看过", "看了"),
        "chosen_with": (
            "选择“{product}”的顾客也选择了这款商品。",
            "这款商品与“{product}”一起被选择过。",
            "{begin}，选择它的顾客也选择了这款商品。",
        ),
        "times": ("您之前买过{value}次这款商品。", "您以前购买过{value}次这款商品。"),
        "popular": ("这款商品目前在店内很受欢迎。", "现在很多人选择这款商品。"),
    },
}
_DEEDS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {"en": _EN_DEEDS, "zh-hans": _ZH_DEEDS}


def paraphrases(evidence: Evidence, code: str) -> list[str]:
    """Verified sentences about the evidence in a language, those that tell most first.

    ``code`` is the language's; there are none where nothing is to be written about the evidence.
    """
    if evidence.problem:
        return []
    found: list[str] = []
    for sentence in _sentences(evidence, code):
        if sentence not in found and verify(sentence, evidence, LANGUAGES[code]).accepted:
            found.append(sentence)
        if len(found) == MOST:
            break
    return found


def _sentences(evidence: Evidence, code: str) -> Iterator[str]:
    known = [fact.statement for fact in evidence.facts]
    words = {"product": evidence.called(evidence.cause)} if evidence.cause else {}
    deed = next((one for one in known if one.kind is Kind.DID), None)
    if deed is not None and evidence.cause is not None:
        begin, inner, behind = (text.format(words["product"]) for text in _DEEDS[code][deed.what])
        words |= {"begin": begin, "deed": inner, "behind": behind}
    for one in sorted(known, key=_rank):
        for sentence in _FACTS[code].get(_key(one), ()):
            yield from _filled(sentence, words | {"value": one.value})
    for sentence in _DEED_ALONE[code]:
        yield from _filled(sentence, words)


def _key(one: Statement) -> str:
    """Name of the fact's sentences; a property of one product alone has none."""
    if one.kind in (Kind.SHARES, Kind.LINKED):
        return one.what
    return one.kind.value if one.kind in (Kind.TIMES, Kind.POPULAR) else ""


def _rank(one: Statement) -> int:
    key = _key(one)
    return _ORDER.index(key) if key in _ORDER else len(_ORDER)


def _filled(sentence: str, words: Mapping[str, str]) -> Iterator[str]:
    """The sentence with its words, if all of them are known."""
    try:
        yield sentence.format(**words)
    except KeyError:
        return
