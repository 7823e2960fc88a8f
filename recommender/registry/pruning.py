"""Which versions keep their files; the record of each is kept for good."""

from __future__ import annotations

import shutil

from recommender.registry.families import GROWTH
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_folder

#: How many retired versions keep their files, so that one can roll back. Of those that only took
#: in new products the newest alone keeps them: the others are contained in what followed.
KEPT_RETIRED = 3
#: How many refused versions keep theirs, so that a person can look at them or overrule.
KEPT_REFUSED = 2


def models_prune() -> int:
    """Delete the files that nobody will go back to; returns of how many versions.

    Candidates, the one in shadow and the live one are left alone. What was retired from the shadow
    never served, so nobody goes back to it.
    """
    status = ModelVersion.Status
    retired = list(ModelVersion.objects.filter(status=status.RETIRED).order_by("-live_since"))
    served = [v for v in retired if v.live_since is not None]
    grown = [v for v in served if v.settings.get("kind") == GROWTH]
    learnt = [v for v in served if v.settings.get("kind") != GROWTH]
    never = [v for v in retired if v.live_since is None]
    refused = list(ModelVersion.objects.filter(status=status.REFUSED).order_by("-created_at"))
    pruned = 0
    for version in [*learnt[KEPT_RETIRED:], *grown[1:], *never, *refused[KEPT_REFUSED:]]:
        folder = model_folder(version)
        if folder.is_dir():
            shutil.rmtree(folder)
            pruned += 1
    return pruned
