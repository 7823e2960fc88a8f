"""Several processes that train one model, as torchrun starts them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from django.conf import settings

from recommender.contracts import History
from recommender.learning.fit import NETWORKS
from recommender.learning.update import learn
from recommender.ranking.model import BlendedModel
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_folder
from tests.processes import child_environment

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def together():
    """``manage.py train`` in two processes; what they printed."""
    ended = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         "manage.py", "train"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=180,
        env=child_environment(
            RECSITE_MODELS=str(settings.MODEL_DIR), RECSITE_SNAPSHOTS=str(settings.SNAPSHOT_DIR)
        ),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_two_processes_make_one_version_that_is_as_good_as_one_process_makes(small_shop):
    alone = BlendedModel.load(model_folder(learn(minimum_events=0)))
    printed = together()
    assert printed.count("is live") == 1
    assert ModelVersion.objects.count() == 2
    model = BlendedModel.load(model_folder(ModelVersion.objects.get(status="live")))
    asked = [History.of([0, 4, 7]), History.of([1, 5])]
    for name, source in alone.sources.items():
        # What networks leave out by chance differs between ranks.
        tolerance = 0.5 if name in {*NETWORKS, "generative"} else 1e-5
        np.testing.assert_allclose(
            model.sources[name].score(asked), source.score(asked), atol=tolerance, err_msg=name
        )
