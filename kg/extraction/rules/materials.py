"""Materials and ingredients.

``needs`` in the lexicon: nothing where the bare word is a material wherever it stands ("argan
oil"); ``cue`` where a word must say so ("with honey", "contains gold"); ``part`` for foods and
stuffs that are a material in front of another noun ("potato crisps", "paper plates") and the
product itself where they stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.extraction.rules.finding import Finding
from kg.extraction.rules.lexicon import Hit, lexicon
from kg.extraction.rules.negation import negated

_CUE = re.compile(
    r"(?:(?:made|crafted|woven|built)\s+(?:of|from|with|in)|contain(?:s|ing)|with|(?:enriched|infused|"
    r"formulated|packed|blended|fortified|loaded)\s+with|100\s?%|pure|real|genuine|ingredients?:)"
    r"\s+(?:(?:100\s?%|pure|real|genuine|natural|organic|soft|fresh|raw|virgin|extra|genuine|high|"
    r"quality|the|finest|of|botanical)\s+)*$",
    re.IGNORECASE,
)
#: A list that a cue began goes on: "with honey, milk and oats".
_LISTED = re.compile(
    r"(?:made\s+(?:of|from|with)|contain(?:s|ing)|with|ingredients?:)\s+"
    r"(?:[\w'’-]+(?:\s[\w'’-]+)?\s*(?:,|&|\+|and)+\s*){1,5}$",
    re.IGNORECASE,
)
_STUFF_BEHIND = re.compile(
    r"[\s-]+(?:(?:seed|leaf|flower|fruit|root|nut|kernel|bean)\s+)?(?:extracts?|oil|milk|powder|"
    r"butter|protein|juice|wax|water|peptides?)\b",
    re.IGNORECASE,
)
#: What makes a name, a look or a smell of a material.
_BLOCKED_BEHIND = re.compile(
    r"[\s-]+(?:scent(?:ed)?|fragrance|aroma|flavou?r(?:ed|ing)?|colou?r(?:ed)?|print|look|effect|"
    r"style|like|substitute|alternative|cleaner|polish|remover|filters?|creamer|maker|mugs?|grinder|cutter|"
    r"peeler|blonde|brown|black|soft\s+toy|toy|care|lovers?|treats?|seasoning|dip|rub|sauce|hair|"
    r"skin|nails?|production|synthesis|boost(?:er|ing)?|growth|loss|soldier|city|beach|island|star|girl|queen|collection)\b",
    re.IGNORECASE,
)
_BLOCKED_BEFORE = re.compile(
    r"(?<!\w)(?:for|faux|fake|imitation|artificial|mock|vegan|like|on|from|against|removes?|under|"
    r"anti|over|to|your|stimulat(?:es|ing)|boosts?|boosting|promotes?|increases?|loss\s+of)[\s-]+(?:your\s+|the\s+)?$",
    re.IGNORECASE,
)
#: What comes with a product is not what it is made of: "brush set with leather pouch".
_ACCESSORY_BEHIND = re.compile(
    r"[\s-]+(?:\w+\s+)?(?:pouch|case|bag|box|packag\w+|lid|jar|bottle|tube)\b", re.IGNORECASE
)
_NOUN_BEHIND = re.compile(
    r"[\s-]+(?!(?:and|or|with|in|for|of|from|to|by|on|made|pack|set)\b)[a-z]{3,}", re.I
)
_NAMED_ONLY = re.compile(
    r"\b(?:eau\s+de|edt|edp|cologne|parfum|perfume|lacquer|nail\s+polish|lipstick|eye\s?shadow|"
    r"lip\s?gloss|blush)\b",
    re.IGNORECASE,
)

#: Their shades borrow the names of foods and stuffs.
_SHADED = re.compile(
    r"\b(?:mascara|eye\s?liner|foundation|concealer|bronzer|hair\s+colou?r|nail)\b", re.IGNORECASE
)


def materials(sentence: str) -> Iterator[Finding]:
    """What the product is made of or contains."""
    named_only = bool(_NAMED_ONLY.search(sentence))
    for hit in lexicon("materials").find(sentence):
        rule = _rule(sentence, hit, named_only=named_only)
        if rule and not negated(sentence, hit.start, hit.end):
            name = hit.entry.name
            yield Finding("made_of", "material", name, hit.start, hit.end, f"material.{rule}", name)


def _rule(sentence: str, hit: Hit, *, named_only: bool) -> str:
    """The rule by which a hit counts; the empty word where none holds."""
    before, after = sentence[: hit.start], sentence[hit.end :]
    if _BLOCKED_BEHIND.match(after) or _BLOCKED_BEFORE.search(before):
        return ""
    if _CUE.search(before) or _LISTED.search(before):
        return "" if _ACCESSORY_BEHIND.match(after) else "cue"
    needs = hit.entry.needs
    if named_only:
        return ""
    if not needs:
        return "bare"
    if _SHADED.search(sentence):
        return ""
    if needs == "cue" and _STUFF_BEHIND.match(after):
        return "stuff"
    if needs == "part" and _NOUN_BEHIND.match(after):
        return "part"
    return ""
