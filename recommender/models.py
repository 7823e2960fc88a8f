"""Every table of the recommender, gathered for Django from the folders that own them."""

from recommender.delivery.models import SlateCount, SlateTrace
from recommender.events.models import Event, Snapshot
from recommender.explanation.models import ExplanationSentence
from recommender.explanation.prompt_table import PromptTemplateVersion
from recommender.features.models import MediaVector, Wish
from recommender.feedback.models import ExaminationCurve, Opinion, OpinionClassifierVersion
from recommender.registry.gate_bounds import GateBounds
from recommender.registry.learning_runs import LearningPlan, LearningRun
from recommender.registry.models import Alert, ModelVersion, VersionDecision
from recommender.registry.online_models import OnlineHour, ShadowRanking

__all__ = [
    "Alert",
    "Event",
    "ExaminationCurve",
    "ExplanationSentence",
    "GateBounds",
    "LearningPlan",
    "LearningRun",
    "MediaVector",
    "ModelVersion",
    "OnlineHour",
    "Opinion",
    "OpinionClassifierVersion",
    "PromptTemplateVersion",
    "ShadowRanking",
    "SlateCount",
    "SlateTrace",
    "Snapshot",
    "VersionDecision",
    "Wish",
]
