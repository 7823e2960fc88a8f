"""A passage of evidence with the words that say it marked."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: A word is found in its inflected forms, too: "moisturizing" by "moisturize".
STEM_FROM = 5
_WORD = re.compile(r"\w+")


def evidence_marked(evidence: str, *names: str) -> SafeString:
    """The passage as HTML. A name found as a whole is marked as a whole, otherwise its words."""
    if not evidence:
        return format_html("{}", "")
    pattern = _pattern(evidence, [name for name in names if name.strip()])
    if pattern is None:
        return format_html("{}", evidence)
    parts: list[tuple[SafeString]] = []
    end = 0
    for match in pattern.finditer(evidence):
        parts.append((format_html("{}<mark>{}</mark>", evidence[end : match.start()], match[0]),))
        end = match.end()
    return format_html("{}{}", format_html_join("", "{}", parts), evidence[end:])


def _pattern(evidence: str, names: list[str]) -> re.Pattern[str] | None:
    """What to mark: whole names before single words, longer before shorter."""
    wanted: set[str] = set()
    for name in names:
        whole = r"\s+".join(re.escape(word) for word in name.split())
        if re.search(whole, evidence, re.IGNORECASE):
            wanted.add(whole)
            continue
        for word in _WORD.findall(name):
            if len(word) >= STEM_FROM:
                wanted.add(rf"\b{re.escape(word[:-1])}\w*")
            elif len(word) > 2:
                wanted.add(rf"\b{re.escape(word)}\b")
    if not wanted:
        return None
    return re.compile("|".join(sorted(wanted, key=len, reverse=True)), re.IGNORECASE)
