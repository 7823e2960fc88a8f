"""What a product is for: skin and hair types, concerns, effects, activities.

``needs`` in the lexicon of uses: nothing where the bare words say it ("anti-aging"); ``for`` where
"for" must stand before ("for travel"); ``part`` where it must stand before a noun ("baking soda").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.extraction.rules.finding import Finding
from kg.extraction.rules.lexicon import Hit, lexicon
from kg.extraction.rules.negation import negated

_TYPES = {
    "skin": "dry|oily|sensitive|normal|combination|mature|aging|ageing|acne[\\s-]prone|rough"
    "|irritated|itchy|dehydrated|sun[\\s-]?damaged|blemish[\\s-]prone|eczema[\\s-]prone|delicate|dull|sagging",
    "hair": "dry|oily|greasy|fine|thick|thin|thinning|curly|wavy|frizzy|damaged"
    "|colou?r[\\s-]treated|colou?red|normal|coarse|natural|straight|long|short|brittle|blonde|grey|gray|limp|flat"
    "|chemically[\\s-]treated|bleached|relaxed|unruly|kinky|weak|over[\\s-]?processed",
    "scalp": "dry|oily|itchy|flaky|sensitive|irritated",
    "lips": "dry|chapped|cracked",
    "hands": "dry|rough|cracked|working",
    "feet": "dry|rough|cracked|tired",
    "heels": "dry|rough|cracked",
    "nails": "weak|brittle|soft|peeling|splitting",
    "eyes": "tired|puffy|sensitive",
}
_BETWEEN = r"(?:\s*(?:,|/|&|to|and|or|-)+\s*(?:very\s+|extra\s+)?)"
#: "For normal to dry skin" is good for both; so each adjective before the noun counts.
_TYPE = re.compile(
    "|".join(
        rf"(?<![\w-])(?:very\s+|extra\s+)?(?P<{noun}>(?:{words})(?:{_BETWEEN}(?:{words}))*)"
        rf"[\s,]+(?:(?:&|and|or)\s+)?{noun}(?!\w)"
        for noun, words in _TYPES.items()
    ),
    re.IGNORECASE,
)
_ADJECTIVES = {noun: re.compile(rf"(?<!\w)(?:{w})(?!\w)", re.I) for noun, w in _TYPES.items()}
_SAME = {
    "ageing": "mature", "aging": "mature", "gray": "grey", "greasy": "oily", "colored": "coloured",
    "color treated": "coloured", "colour treated": "coloured", "sundamaged": "sun damaged",
}  # fmt: skip
#: "Dry hair in half the time", "straight hair extensions": what it does or is, not whom it serves.
_NOT_A_TYPE = re.compile(
    r"\s+(?:in|extensions?|wigs?|weave|fast|faster|quickly|clips?|piece)\b", re.I
)
_LOOK = re.compile(
    r"(?:\bwet\s*(?:or|and|&|/)|look|feel|get|into|achieve|creates?|leaves?|leaving|make|a)\s+$",
    re.IGNORECASE,
)
_WIG = re.compile(r"\b(?:wigs?|cosplay|extensions?|weave|weft|hairpiece)\b", re.IGNORECASE)
_FOR = re.compile(
    r"(?<!\w)(?:for|during|while|when)\s+(?:(?:your|the|all|daily|everyday|easy|treating|use\s+(?:in|on)"
    r"|[\w'’-]+)\s*(?:,|&|and|or|/)?\s*){0,4}$",
    re.IGNORECASE,
)
#: "Acne-prone skin" is a type of skin, found as such.
_PRONE = re.compile(r"[\s-]+(?:prone|free)\b", re.IGNORECASE)
_FOR_TYPE = re.compile(r"(?<!\w)for\b[\w\s,&/-]{0,40}$", re.IGNORECASE)
_NOUN_BEHIND = re.compile(r"[\s-]+(?!(?:and|or|with|in|for|of|from|to|by|on)\b)[a-z]{3,}", re.I)


def uses(sentence: str) -> Iterator[Finding]:
    """What people do with the product, and what it is good for."""
    for match in _TYPE.finditer(sentence):
        noun = str(match.lastgroup)
        if _NOT_A_TYPE.match(sentence[match.end() :]) or _LOOK.search(sentence[: match.start()]):
            continue
        if negated(sentence, *match.span()) or (noun == "hair" and _WIG.search(sentence)):
            continue
        said_for = bool(_FOR_TYPE.search(sentence[: match.start()]))
        for word in _ADJECTIVES[noun].findall(match[noun]):
            plain = re.sub(r"[\s-]+", " ", word.casefold())
            name = f"{_SAME.get(plain, plain)} {noun}"
            rule = "use.type_for" if said_for else "use.type"
            yield Finding("used_for", "use", name, *match.span(), rule, name)
    for hit in lexicon("uses").find(sentence):
        rule = _rule(sentence, hit)
        if rule and not negated(sentence, hit.start, hit.end):
            name = hit.entry.name
            yield Finding("used_for", "use", name, hit.start, hit.end, rule, name)


def _rule(sentence: str, hit: Hit) -> str:
    before, after = sentence[: hit.start], sentence[hit.end :]
    if _PRONE.match(after):
        return ""
    if _FOR.search(before):
        return "use.for"
    if not hit.entry.needs:
        return "use.bare"
    if hit.entry.needs == "part" and _NOUN_BEHIND.match(after):
        return "use.part"
    return ""
