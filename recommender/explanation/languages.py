"""The languages in which explanations are told, by the code of the interface's language."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.explanation.chinese import CHINESE
from recommender.explanation.english import ENGLISH
from recommender.explanation.patterns import Language

LANGUAGES: Mapping[str, Language] = {one.code: one for one in (ENGLISH, CHINESE)}
