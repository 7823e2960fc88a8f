"""Simplified Chinese: the sentences in which an explanation can be told, and those understood."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.explanation.patterns import Language, Written, language

_YOU = "(您|~你)"
#: What a shopper did with a product that stands for "@".
_DEEDS = {
    "bought": "(买过|购买过|购买了|买了)@",
    "liked": "(喜欢|~喜欢过)@",
    "rated": "(评价过|~评过)@",
    "carted": "(把@加入了购物车|~将@加入了购物车)",
    "viewed": "(看过|浏览过)@",
}
#: The same before "的": a deed in the past, told as a property of the product.
_DEEDS_OF = {
    "bought": "(买过|购买过|购买)的",
    "liked": "喜欢的",
    "rated": "评价过的",
    "carted": "加入购物车的",
    "viewed": "(看过|浏览过)的",
}
_NAME = "“{product}”"
#: What both have in common, as a predicate.
_PROPERTIES = {
    "brand": "(来自|~出自){brand}品牌",
    "category": "属于“{category}”分类",
    "attribute": "标有“{attribute}”",
    "material": "由{material}制成",
    "use": "用于{use}",
    "theme": "与{theme}有关",
}
#: What the recommended product does with the one that stands for "@".
_RELATIONS = {
    "complements": "(可以|适合)与@搭配",
    "substitutes": "可以(代替|替代)@",
    "bought_with": "(经常|常)与@一起购买",
    "bought_together": "(经常|常)与@一起购买",
    "chosen_with": "与@一起被选择过",
    "similar": "与@(相似|类似)",
}
_CROWDS = {
    "also_bought": "(购买过|买过)@的(顾客|人)也(购买了|买了){item}",
    "also_viewed": "(看过|浏览过)@的(顾客|人)也(看了|浏览了){item}",
    "chosen_with": "选择@的(顾客|人)也选择了{item}",
}
_BACK = "它"


def _deeds() -> Iterator[Written]:
    for action, words in _DEEDS.items():
        yield f"did {action} - product", _YOU + words.replace("@", _NAME)


def _known() -> Iterator[Written]:
    """The other product as the one with which the shopper did something."""
    for action, words in _DEEDS_OF.items():
        yield f"did {action} - product", f"与{_YOU}{words}{_NAME}一样"


def _after() -> Iterator[Written]:
    for what, words in _PROPERTIES.items():
        yield f"shares {what} {{{what}}} THIS IT", f"{{this}}也{words}|~两者都{words}"
    for what, words in _RELATIONS.items():
        yield f"linked {what} - IT THIS", "{this}" + words.replace("@", _BACK)
    for what, words in _CROWDS.items():
        yield f"linked {what} - IT THIS", words.replace("@", _BACK)


def _alike() -> Iterator[Written]:
    for what, words in _PROPERTIES.items():
        yield f"shares {what} {{{what}}} THIS IT", f"{{this}}[也]{words}"


def _link() -> Iterator[Written]:
    for what, words in _PROPERTIES.items():
        yield (
            f"shares {what} {{{what}}} THIS product",
            f"{{this}}与{_NAME}都{words}|与{_NAME}一样，{{this}}[也]{words}",
        )
    for what, words in _RELATIONS.items():
        yield f"linked {what} - product THIS", "{this}" + words.replace("@", _NAME)
    for what, words in _CROWDS.items():
        yield f"linked {what} - product THIS", words.replace("@", _NAME)
    for what in ("also_bought", "also_viewed"):
        words = _CROWDS[what].replace("@", "{this}").replace("{item}", _NAME)
        yield f"linked {what} - THIS product", words


CHINESE: Language = language(
    "zh-hans",
    spaced=False,
    rules={
        "text": "<sentence>。[<second>]",
        "second": "<quoted>|~<after>。|~<own>。",
        "sentence": (
            "<deed>，<after>[，<offered>]"
            "|<known>，<alike>|<link>|<times>|<popular>[，<own>]|<bare>|~<deed>|~<offered>|~<own>"
        ),
        # Written only where the deed is all that there is to tell.
        "bare": "(因为|由于)<deed>，[所以]<offered>|<deed>，[所以]<offered>",
    },
    claims={
        "deed": tuple(_deeds()),
        "known": tuple(_known()),
        "after": tuple(_after()),
        "alike": tuple(_alike()),
        "link": tuple(_link()),
        "own": (
            ("has brand {brand} THIS", "{this}" + _PROPERTIES["brand"]),
            ("has category {category} THIS", "{this}" + _PROPERTIES["category"]),
            ("has size {size} THIS", "{this}的规格是{size}"),
        ),
        "offered": (
            (
                "offered - - THIS",
                f"{_YOU}(可能|也许)[也]会(喜欢{{item}}|对{{item}}感兴趣)"
                f"|我们为{_YOU}(挑选|推荐)了{{item}}|{{this}}(可能|也许)适合{_YOU}",
            ),
        ),
        "times": (("times - {count} THIS", f"{_YOU}(以前|之前)(买过|购买过){{count}}次{{item}}"),),
        "popular": (
            ("popular - - THIS", "{this}(目前|现在)在店内很受欢迎|(目前|现在)很多人选择{item}"),
        ),
        "quoted": (("wrote - {quote} THIS", "一位(顾客|买家)写道：“{quote}”"),),
    },
    this_words=("这款商品", "这件商品"),
    numbers={
        "两": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9",
        "十": "10", "一": "1",
    },
    often={},
)  # fmt: skip
