"""The scale benchmark on two thousand items: every stage runs and says what it must."""

import json

import numpy as np
import pytest

from recommender.benchmarks import scale, scale_world
from recommender.benchmarks.scale_stages import WEIGHTS, measured


def test_the_synthetic_shop_is_skewed_and_the_same_for_the_same_seed():
    vectors = np.concatenate(list(scale_world.vector_blocks(3_000, 1, dimensions=32)))
    again = np.concatenate(list(scale_world.vector_blocks(3_000, 1, dimensions=32)))
    np.testing.assert_array_equal(vectors, again)
    assert vectors.shape == (3_000, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    groups = scale_world.groups_of(3_000, 1)
    sizes = np.sort(np.bincount(groups))[::-1]
    assert sizes[0] > 8 * np.median(sizes)
    alike = vectors @ vectors.T
    same = groups[:, None] == groups[None, :]
    assert alike[same].mean() > alike[~same].mean() + 0.2
    log = scale_world.interactions(3_000, 20_000, 1)
    taken = np.sort(np.bincount(log.items, minlength=3_000))[::-1]
    assert taken[:300].sum() > 0.4 * len(log)
    assert (np.diff(log.shoppers) >= 0).all()
    asked = scale_world.histories(log, 10, 1)
    assert all(0 < len(history) <= 20 for history in asked)


def test_every_stage_is_measured_and_kept(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    monkeypatch.setattr(scale, "_in_child", measured)
    options = {"items": 2_000, "interactions": 5_000, "seed": 0, "keep": folder, "save": None}
    report = scale.run(options)
    figures = report.figures
    for storage in scale.STORAGES:
        assert figures[f"index_{storage}.recall_at_10"] > 0.9
        assert figures[f"index_{storage}.search_ms.p99"] > 0
        assert figures[f"index_{storage}.serve_rss_mib"] > 0
    sizes = [figures[f"index_{storage}.size_mib"] for storage in scale.STORAGES]
    assert sizes == sorted(sizes)
    for name in WEIGHTS:
        assert figures[f"{name}.score_ms.p95"] >= figures[f"{name}.score_ms.p50"] > 0
    assert figures["slate.candidates_ms.p95"] > 0
    assert json.loads(report.json_line())["benchmark"] == "scale"
    assert "index, int8" in report.text()
    monkeypatch.setattr(scale, "_in_child", lambda told: pytest.fail("nothing is left to do"))
    assert scale.run(options).figures == figures


@pytest.mark.parametrize("small", ["items", "interactions"])
def test_sizes_that_mean_nothing_are_refused(small, tmp_path):
    options = {"items": 2_000, "interactions": 2_000, "seed": 0, "keep": tmp_path, small: 5}
    with pytest.raises(ValueError, match=f"--{small} must be at least 1000, not 5"):
        scale.run(options)


def test_a_stage_that_fails_is_named(tmp_path):
    told = {"items": 10, "interactions": 10, "seed": 0, "folder": str(tmp_path), "stage": "exact"}
    with pytest.raises(ValueError, match="the stage exact failed"):
        scale._in_child(told)
