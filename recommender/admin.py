"""The recommender in the admin, gathered from the folders that own the tables."""

from recommender.delivery.admin import SlateTraceAdmin
from recommender.events.admin import EventAdmin
from recommender.feedback.admin import OpinionClassifierAdmin
from recommender.registry.admin import ModelVersionAdmin, SnapshotAdmin

__all__ = [
    "EventAdmin",
    "ModelVersionAdmin",
    "OpinionClassifierAdmin",
    "SlateTraceAdmin",
    "SnapshotAdmin",
]
