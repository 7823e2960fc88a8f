"""English: the sentences in which an explanation can be told, and which are understood."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.explanation.patterns import Language, Written, language

#: What a shopper did with a product that stands for "@".
_DEEDS = {
    "bought": "(bought|have bought|purchased|picked up|ordered|~have purchased|~have ordered) @",
    "liked": "(like|liked|~have liked) @",
    "rated": "(rated|have rated|~gave a rating to) @",
    "carted": "((put|have put) @ (in|into)|(added|have added) @ to) your cart",
    "viewed": "(looked at|viewed|had a look at|~have looked at|~have viewed|~browsed) @",
}
#: What a product is that has a property.
_PROPERTIES = {
    "brand": "(by|from|made by) {brand}",
    "category": "(in|found in|listed in) the category {category}",
    "attribute": "(listed|marked) as “{attribute}”",
    "material": "made of {material}",
    "use": "used for {use}",
    "theme": "about {theme}",
}
_PEOPLE = "(people|shoppers|customers|~others|~buyers)"
#: What the recommended product does with the one that stands for "@".
_RELATIONS = {
    "complements": "(goes [well|nicely] with @|pairs well with @|~complements @|~fits @)",
    "substitutes": "(can (replace|take the place of|stand in for) @|is an alternative to @)",
    "bought_with": "is often (bought|purchased) (together|along) with @",
    "bought_together": "is often (bought|purchased) (together|along) with @",
    "also_bought": f"is also bought by {_PEOPLE} who (bought|buy) @",
    "also_viewed": f"is also (looked at|viewed) by {_PEOPLE} who (looked at|viewed) @",
    "chosen_with": f"is also chosen by {_PEOPLE} who (chose|choose) @",
    "similar": "(is (similar|close) to @|resembles @|~is much like @)",
}
#: What people do with both, "@" first.
_CROWDS = {
    "bought_with": f"{_PEOPLE} often buy {{item}} (together|along) with @",
    "bought_together": f"{_PEOPLE} often buy {{item}} (together|along) with @",
    "also_bought": f"{_PEOPLE} who (bought|buy) @ also (bought|buy) {{item}}",
    "also_viewed": f"{_PEOPLE} who (looked at|viewed) @ also (looked at|viewed) {{item}}",
    "chosen_with": f"{_PEOPLE} who (chose|choose) @ also (chose|choose) {{item}}",
}
#: The product that was named last. "That" suits one thing and many.
_BACK = "(that|~it|~them|~that one|~that product)"


def _both(what: str, before: str) -> str:
    """Head of a claim about what two products have in common."""
    return f"shares {what} {{{what}}} THIS {before}"


def _link(what: str, before: str) -> str:
    return f"linked {what} - {before} THIS"


def _deeds() -> Iterator[Written]:
    for action, words in _DEEDS.items():
        yield f"did {action} - product", "you " + words.replace("@", "{product}")


def _which() -> Iterator[Written]:
    for action, words in _DEEDS.items():
        yield f"did {action} - IT", "which you " + words.replace("@ ", "").replace(" @", "")


def _liking() -> Iterator[Written]:
    for action, words in _DEEDS.items():
        bare = words.replace("@ ", "").replace(" @", "")
        yield f"did {action} - product", "like {product}, which you " + bare


def _alike() -> Iterator[Written]:
    for what, words in _PROPERTIES.items():
        yield _both(what, "IT"), f"{{this}} is [also] {words}"


def _after() -> Iterator[Written]:
    """Clauses about both products, one of which has just been named."""
    for what, words in _PROPERTIES.items():
        yield (
            _both(what, "IT"),
            # "Both" of what, where only one has been named? Understood, but not written.
            f"~both are {words}|{{this}} is also {words}|{{this}} is {words} (too|as well)",
        )
    yield (
        _both("brand", "IT"),
        "~both come from {brand}|~(they|the two) share the brand {brand}|{brand} also makes {item}"
        "|{this} comes from the same brand, {brand}|{brand} makes {item} (too|as well)",
    )
    yield (
        _both("category", "IT"),
        "~both belong to the category {category}|{this} is in the same category, {category}",
    )
    for what, words in _RELATIONS.items():
        yield _link(what, "IT"), "{this} " + words.replace("@", _BACK)
        yield _link(what, "product"), "~{this} " + words.replace("@", "{product}")
    for what, words in _CROWDS.items():
        yield _link(what, "IT"), words.replace("@", _BACK)
        yield _link(what, "product"), "~" + words.replace("@", "{product}")
    for what in ("brand", "category", "material", "use", "theme"):
        yield _both(what, "IT"), f"~both have the same {what}(:|,) {{{what}}}"


def _aside() -> Iterator[Written]:
    """What follows the recommended product after a comma; the other one has been named.

    Without a verb, so that it suits a title that is one thing and a title that is many.
    """
    for what, words in _PROPERTIES.items():
        yield _both(what, "IT"), f"also {words}"
    yield (
        _both("brand", "IT"),
        "another (product|choice) (by|from) {brand}|from the same brand, {brand}",
    )
    yield _both("category", "IT"), "from the same category, {category}"


def _which_aside() -> Iterator[Written]:
    """The same with a verb, after a word for one thing."""
    for what, words in _PROPERTIES.items():
        yield _both(what, "IT"), f"which is also {words}|which is {words} (too|as well)"
    for what, words in _RELATIONS.items():
        yield _link(what, "IT"), "which " + words.replace("@", _BACK)


def _link_to() -> Iterator[Written]:
    """Clauses that end with the other product."""
    for what, words in _PROPERTIES.items():
        yield _both(what, "product"), f"{{this}} is {words}, (like|just like) {{product}}"
    yield _both("brand", "product"), "{this} shares the brand {brand} with {product}"
    yield _both("category", "product"), "{this} shares the category {category} with {product}"
    for what, words in _RELATIONS.items():
        yield _link(what, "product"), "{this} " + words.replace("@", "{product}")
    for what in ("bought_with", "bought_together"):
        yield _link(what, "product"), _CROWDS[what].replace("@", "{product}")


def _link_over() -> Iterator[Written]:
    """Clauses that name the other product on the way."""
    for what, words in _PROPERTIES.items():
        yield (
            _both(what, "product"),
            f"{{this}} and {{product}} are both {words}|~{{product}} and {{this}} are both {words}"
            f"|like {{product}}, {{this}} is [also] {words}",
        )
    for what in ("also_bought", "also_viewed", "chosen_with"):
        yield _link(what, "product"), _CROWDS[what].replace("@", "{product}")
    for what in ("also_bought", "also_viewed"):
        # The fact told from the other end.
        yield (
            f"linked {what} - THIS product",
            _CROWDS[what].replace("@", "{this}").replace("{item}", "{product}"),
        )


def _own() -> Iterator[Written]:
    for what in ("brand", "category"):
        yield f"has {what} {{{what}}} THIS", f"{{this}} is {_PROPERTIES[what]}"
    yield "has size {size} THIS", "{this} comes in a size of {size}"


ENGLISH: Language = language(
    "en",
    spaced=True,
    rules={
        "text": "<sentence>. [<second>]",
        "second": "<quoted>|~<after>.|~<own>.|~<offered>.",
        "sentence": (
            "(because|since|as) <deed>, <proposal>|<deed>, so <proposal>"
            "|<offered> because <deed> and <after>"
            "|<deed>, and <after>|<deed>; <after>|<deed>. <after>|<deed>. <proposal>"
            "|<liking>, <alike>"
            "|<linkto>[, <which>]|<linkover>"
            "|<times>|<popular>[, and <own>]|<bare>|~<own>|~<deed>|~<offered>"
        ),
        # Written only where the deed is all that there is to tell.
        "bare": (
            "(because|since|as) <deed>, <offered>|<offered>[~,] because <deed>"
            "|<deed>, so <offered>|<deed>. <offered>"
        ),
        "proposal": "<offer>, <aside>|<pointer>, <whichaside>|~<offer>, <whichaside>",
        "offered": "<offer>|<choice>",
    },
    claims={
        "deed": tuple(_deeds()),
        "which": tuple(_which()),
        "liking": tuple(_liking()),
        "alike": tuple(_alike()),
        "after": tuple(_after()),
        "aside": tuple(_aside()),
        "whichaside": tuple(_which_aside()),
        "linkto": tuple(_link_to()),
        "linkover": tuple(_link_over()),
        "own": tuple(_own()),
        # What ends with the recommended product, so that more can be said of it at once.
        "offer": (
            (
                "offered - - THIS",
                "you (may|might|could) [also] (like|enjoy|be interested in) {item}"
                "|we (recommend|suggest) {item}",
            ),
        ),
        "pointer": (
            (
                "offered - - THIS",
                "you (may|might|could) [also] (like|enjoy|be interested in) {this}"
                "|we (recommend|suggest) {this}",
            ),
        ),
        "choice": (
            (
                "offered - - THIS",
                "{this} (may|might|could) [also] (suit|interest|appeal to) you"
                "|we (picked|chose|selected) {item} for you|~we (recommend|suggest) {item} to you"
                "|{this} was (picked|chosen|selected) for you",
            ),
        ),
        "times": (
            (
                "times - {count} THIS",
                "you (bought|have bought) {item} ({count} times|{often}) before"
                "|~you have already bought {item} ({count} times|{often})",
            ),
        ),
        "popular": (
            (
                "popular - - THIS",
                "{this} is popular [in the shop] [right now|at the moment]"
                "|many (people|shoppers|customers) choose {item} [right now|at the moment]",
            ),
        ),
        "quoted": (
            (
                "wrote - {quote} THIS",
                "(a|one) (reviewer|shopper|customer) (wrote|said): “{quote}”",
            ),
        ),
    },
    this_words=("this", "this one", "this product", "this item"),
    numbers={
        "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
        "eight": "8", "nine": "9", "ten": "10",
    },
    often={"once": "1", "twice": "2"},
)  # fmt: skip
