"""What a product looks and smells like: colour, finish, scent and flavour.

A bare word is not enough: "Black" in "African Black Soap" is a name. A colour or scent counts
where it stands by itself between commas or dashes, or where the next word says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.extraction.rules.finding import Finding, attribute
from kg.extraction.rules.lexicon import Hit, lexicon
from kg.extraction.rules.negation import negated

_OPENS = re.compile(r"(?:^|[,(\[/:]|\s[-–~]+)\s*$")
_CLOSES = re.compile(r"\s*(?:#?\d{1,4}[A-Z]?)?\s*(?:$|[,)\]]|\s[-–~]+\s)")
_SHADE_BEFORE = re.compile(
    r"(?:(?<=\s)|(?<=^)|(?<=,)|(?<=\())(?:(?:very|dark|light|medium|deep|pale|bright|soft|hot|"
    r"natural|true|rich|navy|royal)[\s/-]+)+$",
    re.IGNORECASE,
)
_COLOUR_WORD = re.compile(r"[\s-]+colou?r(?:ed)?(?=\s*(?:$|[,;)\]\d]|\s[-–~]))", re.IGNORECASE)
_SCENT_WORD = re.compile(r"[\s-]+(?:scent(?:ed|s)?|fragrance|aroma)\b(?![\s-]+free)", re.IGNORECASE)
_FLAVOUR_WORD = re.compile(r"[\s-]+flavou?r(?:ed|s)?\b", re.IGNORECASE)
_SCENTED_GOODS = re.compile(
    r"[\s-]+(?:(?:moisturi[sz]ing|foaming|liquid|hand|natural|castile|bar|luxurious|scented)\s+)?"
    r"(?:body\s?wash|body\s+(?:lotion|butter|mist|spray|scrub|cream)|shower\s+gel|bubble\s+bath|"
    r"hand\s+(?:soap|cream|lotion|wash)|soap|candle|bath\s+(?:salts?|bombs?|oil)|deodorant|"
    r"lip\s+balm)\b",
    re.IGNORECASE,
)
_SCENTED_WITH = re.compile(r"(?:scented\s+with|scents?:|smells\s+(?:like|of))\s*$", re.I)
#: Their names are not what they smell or look like.
_PERFUME = re.compile(r"\b(?:eau\s+de|edt|edp|cologne|parfum|perfume)\b", re.IGNORECASE)
_PAINTS = (
    r"(?:nail\s+(?:polish|lacquer|colou?r|enamel)|lacquer|polish|lip\w*|eye\s?shadow|eye\s?liner|"
    r"blush|foundation|bronzer|mascara|shadow|gloss|concealer|mousse|moisturi[sz]er|top\s?coat)"
)
_PAINT = re.compile(rf"\b{_PAINTS}\b", re.IGNORECASE)
#: A finish is said of the paint that it stands before, or calls itself one.
_PAINT_BEHIND = re.compile(rf"[\s-]+(?:finish\b|(?:[\w'’-]+\s+){{0,2}}{_PAINTS}\b)", re.IGNORECASE)


def appearance(sentence: str) -> Iterator[Finding]:
    """Colours, finishes, scents and flavours that the sentence gives the product."""
    perfume = bool(_PERFUME.search(sentence))
    for hit in lexicon("colours").find(sentence):
        yield from _colour(sentence, hit)
    yield from _finishes(sentence)
    for hit in lexicon("scents").find(sentence):
        if negated(sentence, hit.start, hit.end):
            continue
        after = sentence[hit.end :]
        name, start, end = hit.entry.name, hit.start, hit.end
        if flavour := _FLAVOUR_WORD.match(after):
            yield attribute("flavour", name, start, end + flavour.end(), "flavour")
        elif scent := _SCENT_WORD.match(after):
            yield attribute("scent", name, start, end + scent.end(), "scent.said")
        elif _SCENTED_WITH.search(sentence[:start]):
            yield attribute("scent", name, start, end, "scent.said")
        elif not perfume and _SCENTED_GOODS.match(after):
            yield attribute("scent", name, start, end, "scent.goods")


def _finishes(sentence: str) -> Iterator[Finding]:
    if not _PAINT.search(sentence):
        return
    for hit in lexicon("finishes").find(sentence):
        alone = hit.start > 0 and _OPENS.search(sentence[: hit.start])
        if not (alone or _PAINT_BEHIND.match(sentence[hit.end :])):
            continue
        if not negated(sentence, hit.start, hit.end):
            yield attribute("finish", hit.entry.name, hit.start, hit.end, "finish")


def _colour(sentence: str, hit: Hit) -> Iterator[Finding]:
    start, shade = hit.start, ""
    if before := _SHADE_BEFORE.search(sentence[: hit.start]):
        start = before.start()
        shade = " ".join(re.split(r"[\s/-]+", before[0].strip().casefold()))
    name = f"{shade} {hit.entry.name}".strip()
    if negated(sentence, start, hit.end):
        return
    if said := _COLOUR_WORD.match(sentence[hit.end :]):
        yield attribute("colour", name, start, hit.end + said.end(), "colour.said")
    elif _OPENS.search(sentence[:start]) and _CLOSES.match(sentence[hit.end :]) and start > 0:
        yield attribute("colour", name, start, hit.end, "colour.alone")
