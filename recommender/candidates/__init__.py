"""Candidate sources: each scores every item for a shopper's history, in its own way.

Importing the package registers all of them; those that need torch are named here and imported when
one asks for them.
"""

from recommender.candidates.collaborative import Ease
from recommender.candidates.content import Content
from recommender.candidates.graph import Graph
from recommender.candidates.item_knn import ItemKnn
from recommender.candidates.lexical import Lexical
from recommender.candidates.popular import Popular
from recommender.candidates.registry import (
    register,
    register_elsewhere,
    source_class,
    source_names,
)
from recommender.candidates.sessions import SessionKnn
from recommender.candidates.text_ease import TextEase
from recommender.candidates.transitions import TextTransitions, Transitions

__all__ = [
    "Content",
    "Ease",
    "Graph",
    "ItemKnn",
    "Lexical",
    "Popular",
    "SessionKnn",
    "TextEase",
    "TextTransitions",
    "Transitions",
    "register",
    "register_elsewhere",
    "source_class",
    "source_names",
]

register_elsewhere("generative", "recommender.learning.networks.generative:Generative")
register_elsewhere("multimodal", "recommender.learning.networks.multimodal:Multimodal")
register_elsewhere("sequential", "recommender.learning.networks.sequential:Sequential")
