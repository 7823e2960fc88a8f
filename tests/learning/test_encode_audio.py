"""Sound vectors: what makes two recordings alike, and what is no recording."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.learning.encode_audio import (
    BANDS,
    BrokenSoundError,
    LogMelEncoder,
    log_mel,
    mel_filters,
    sound_read,
)
from tests.media_samples import RATE, noise, recorded, tone

encoder = LogMelEncoder()


def vector(sound: np.ndarray) -> np.ndarray:
    (found,) = encoder.encode([sound])
    return np.asarray(found)


def test_every_band_gathers_a_stretch_of_the_spectrum():
    filters = mel_filters()
    assert filters.shape == (BANDS, 257)
    np.testing.assert_allclose(filters.sum(axis=1), 1.0, atol=1e-5)
    # Peaks climb, and above 1 kHz the bands widen, as hearing does.
    peaks = filters.argmax(axis=1)
    assert (np.diff(peaks) >= 0).all()
    widths = (filters > 0).sum(axis=1)
    assert widths[-1] > widths[30] >= widths[5]


def test_a_tone_is_loudest_in_its_own_band():
    time = np.arange(RATE) / RATE
    levels = log_mel(np.sin(2 * np.pi * 1000 * time).astype(np.float32))
    assert levels.shape == (97, BANDS)
    assert levels.max() == 0.0
    assert levels.min() == pytest.approx(-60.0)
    band = int(levels.mean(axis=0).argmax())
    low, high = (mel_filters()[band] > 0).nonzero()[0][[0, -1]] * RATE / 512
    assert low - 35 <= 1000 <= high + 35


def test_vectors_have_length_one_and_loudness_does_not_count():
    sounds = [tone(220), noise(), tone(440, beats=3)]
    vectors = encoder.encode(sounds)
    assert vectors.shape == (3, encoder.dimensions) == (3, 176)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    quiet = encoder.encode([0.1 * sound for sound in sounds])
    np.testing.assert_allclose((vectors * quiet).sum(axis=1), 1.0, atol=1e-3)
    assert encoder.encode([]).shape == (0, 176)


def test_what_sounds_alike_lies_near():
    hiss, same_hiss, hum = vector(noise()), vector(noise(seed=5)), vector(tone(110))
    near_hum = vector(tone(115))
    assert hum @ near_hum > 0.75 > hum @ hiss
    assert hiss @ same_hiss > hum @ hiss + 0.3


def test_rhythm_tells_sounds_of_one_timbre_apart():
    slow, slow_again, fast = (vector(tone(300, beats=b, seconds=4)) for b in (1.0, 1.2, 6.0))
    assert slow @ slow_again > slow @ fast + 0.02


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_the_format_of_the_file_hardly_matters(kind):
    original = tone(330, beats=2)
    read = sound_read(io.BytesIO(recorded(original, kind)))
    assert read.dtype == np.float32
    assert vector(read) @ vector(original) > 0.95


def test_any_rate_and_number_of_channels_becomes_one_at_16_khz():
    stereo = np.stack([tone(330, rate=44_100), tone(330, rate=44_100)], axis=1)
    read = sound_read(io.BytesIO(recorded(stereo, rate=44_100)))
    assert read.shape == (2 * RATE,)
    assert vector(read) @ vector(tone(330)) > 0.97


def test_of_a_long_recording_only_the_first_minute_is_read():
    long = np.tile(noise(seconds=1), 70)
    assert len(sound_read(io.BytesIO(recorded(long)))) == 60 * RATE


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "broken"),
        (b"no sound", "broken"),
        (b"ID3" + b"\0" * 200, "broken"),
        (recorded(noise(), "OGG")[:60], "broken"),
        (recorded(noise(seconds=0.1)), "short"),
        (recorded(np.zeros(RATE, np.float32)), "silent"),
    ],
    ids=["empty", "text", "tag only", "cut off", "short", "silent"],
)
def test_what_cannot_be_listened_to_is_refused_with_a_reason(data, reason):
    with pytest.raises(BrokenSoundError) as error:
        sound_read(io.BytesIO(data))
    assert error.value.reason == reason


WHOLE = {kind: recorded(tone(200, seconds=0.5), kind) for kind in ("WAV", "FLAC", "OGG", "MP3")}


@given(st.binary(max_size=200), st.sampled_from(sorted(WHOLE)), st.data())
def test_damage_is_refused_or_read_as_finite_numbers(noise_bytes, kind, data):
    whole = bytearray(WHOLE[kind])
    start = data.draw(st.integers(0, len(whole)))
    whole[start : start + len(noise_bytes)] = noise_bytes
    try:
        read = sound_read(io.BytesIO(bytes(whole)))
    except BrokenSoundError:
        return
    assert np.isfinite(vector(read)).all()
