"""The recommender in the admin, gathered from the folders that own the tables."""

from recommender.delivery.admin import SlateTraceAdmin
from recommender.events.admin import EventAdmin
from recommender.explanation.admin import ExplanationSentenceAdmin
from recommender.explanation.prompt_admin import PromptTemplateAdmin
from recommender.feedback.admin import OpinionClassifierAdmin
from recommender.registry.admin import ModelVersionAdmin, SnapshotAdmin
from recommender.registry.alerts_admin import AlertAdmin
from recommender.registry.gate_bounds_admin import GateBoundsAdmin
from recommender.registry.learning_admin import LearningPlanAdmin, LearningRunAdmin

__all__ = [
    "AlertAdmin",
    "EventAdmin",
    "ExplanationSentenceAdmin",
    "GateBoundsAdmin",
    "LearningPlanAdmin",
    "LearningRunAdmin",
    "ModelVersionAdmin",
    "OpinionClassifierAdmin",
    "PromptTemplateAdmin",
    "SlateTraceAdmin",
    "SnapshotAdmin",
]
