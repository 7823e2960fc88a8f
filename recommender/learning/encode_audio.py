"""Sound vectors from log-mel features, by arithmetic alone: nothing here was trained.

A vector describes the timbre (which bands are loud, and how much each varies) and the rhythm (how
fast the loudness of groups of bands changes). That finds recordings which sound alike: the same
instruments, speech among speech, a tempo. It knows nothing of melody, language or meaning; an
encoder with weights takes its place behind the same protocol.

The mel scale is that of Stevens, Volkmann and Newman (1937) in O'Shaughnessy's formula; describing
sounds by the modulation spectrum of their bands follows McKinney and Breebaart, "Features for
Audio and Music Classification" (ISMIR 2003).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import IO, Protocol

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats

#: Hertz to which every sound is brought.
RATE = 16_000
#: What is listened to; a longer recording is judged by its beginning.
LONGEST_SECONDS = 60.0
SHORTEST_SECONDS = 0.25
#: What recordings have; anything else is damage.
LOWEST_RATE, HIGHEST_RATE, MOST_CHANNELS = 4_000, 384_000, 32
#: Samples of a frame and between two frames: 32 ms, and 10 ms, so 100 frames a second.
FRAME, HOP = 512, 160
FRAMES_PER_SECOND = RATE / HOP
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 50.0, 7_600.0
#: Bands are taken together by fours where rhythm is described.
BANDS_PER_GROUP = 4
#: Ranges of modulation in hertz: slow swells, syllables and beats, roughness.
MODULATIONS = ((0.5, 2.0), (2.0, 8.0), (8.0, 32.0))
#: Below this share of the loudest band there is only noise: -60 dB.
FLOOR = 1e-6
#: Named in the checksum; to be raised with every change to the arithmetic.
VERSION = "log-mel timbre and modulation, 1"


class BrokenSoundError(Exception):
    """What was given is no sound that can be decoded; ``reason`` is a word for programs."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class AudioEncoder(Protocol):
    """Turns sounds into vectors. ``checksum`` names the method, so that vectors are not mixed."""

    checksum: str
    dimensions: int

    def encode(self, sounds: Sequence[Floats]) -> Floats:
        """Vectors of length one, shape (len(sounds), dimensions)."""


def sound_read(file: IO[bytes]) -> Floats:
    """One channel at 16 kHz, at most a minute, shape (samples,).

    Raises:
        BrokenSoundError: ``broken`` where it cannot be decoded, ``short``, or ``silent``.
    """
    import soundfile
    from scipy.signal import resample_poly

    file.seek(0)
    try:
        with soundfile.SoundFile(file) as sound:
            rate = int(sound.samplerate)
            if not LOWEST_RATE <= rate <= HIGHEST_RATE or sound.channels > MOST_CHANNELS:
                # A damaged header can ask for more memory than there is.
                raise BrokenSoundError("broken", f"{sound.channels} channels at {rate} Hz")
            wanted = int(LONGEST_SECONDS * rate)
            channels: Floats = sound.read(wanted, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
        raise BrokenSoundError("broken", str(error)) from error
    # Some decoders hand over infinities where a file is damaged.
    mono: Floats = np.nan_to_num(channels.mean(axis=1), nan=0.0, posinf=0.0, neginf=0.0)
    if len(mono) < SHORTEST_SECONDS * rate:
        raise BrokenSoundError("short")
    if float(np.abs(mono).max()) < 1e-4:
        raise BrokenSoundError("silent")
    if rate == RATE:
        return mono
    common = int(np.gcd(rate, RATE))
    resampled: Floats = np.asarray(resample_poly(mono, RATE // common, rate // common), np.float32)
    return resampled


@lru_cache(maxsize=1)
def mel_filters() -> Floats:
    """Triangles that gather the spectrum into bands, shape (bands, FRAME // 2 + 1)."""
    mels = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2)
    edges = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    frequencies = np.fft.rfftfreq(FRAME, 1 / RATE)
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - low) / (peak - low)
    falling = (high - frequencies) / (high - peak)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    # The lowest bands are narrower than the grid of frequencies: each takes at least the nearest.
    nearest = np.abs(frequencies[None, :] - peak).argmin(axis=1)
    empty = triangles.sum(axis=1) == 0
    triangles[np.flatnonzero(empty), nearest[empty]] = 1.0
    filters: Floats = (triangles / triangles.sum(axis=1, keepdims=True)).astype(np.float32)
    return filters


def _mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


def log_mel(sound: Floats) -> Floats:
    """Decibels below the loudest band and moment, shape (frames, bands); at least -60."""
    padded = np.pad(sound, (0, max(0, FRAME - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    window = np.hanning(FRAME).astype(np.float32)
    energies = np.zeros((len(frames), BANDS), np.float32)
    # In pieces, as a minute's spectra would take a hundred megabytes at once.
    for start in range(0, len(frames), 1024):
        spectrum = np.fft.rfft(frames[start : start + 1024] * window, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        energies[start : start + 1024] = power @ mel_filters().T
    loudest = max(float(energies.max()), 1e-12)
    return np.asarray(10.0 * np.log10(np.maximum(energies / loudest, FLOOR)), np.float32)


def _balanced(block: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Without its mean and of length one, so that no part of a vector drowns the others."""
    centred = block - block.mean()
    balanced: npt.NDArray[np.float64] = centred / max(float(np.linalg.norm(centred)), 1e-9)
    return balanced


class LogMelEncoder:
    """Timbre and rhythm in 176 numbers; the loudness of the recording does not count."""

    dimensions = 2 * BANDS + BANDS // BANDS_PER_GROUP * len(MODULATIONS)

    def __init__(self) -> None:
        self.checksum = hashlib.sha256(VERSION.encode()).hexdigest()

    def encode(self, sounds: Sequence[Floats]) -> Floats:
        """Vectors of length one, shape (len(sounds), 176), of sounds as ``sound_read`` gives."""
        vectors = np.zeros((len(sounds), self.dimensions), np.float32)
        for row, sound in enumerate(sounds):
            vectors[row] = self._described(log_mel(sound).astype(np.float64))
        return vectors

    def _described(self, levels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        timbre = _balanced(levels.mean(axis=0))  # (bands,)
        liveliness = _balanced(levels.std(axis=0))  # (bands,)
        rhythm = _balanced(self._modulation(levels))  # (groups * modulations,)
        # Timbre says most of what a recording is; the other two count as much together.
        vector = np.concatenate([timbre, 0.7 * liveliness, 0.7 * rhythm])
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))

    def _modulation(self, levels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """How much of each group's movement falls into each range, (groups * ranges,)."""
        groups = levels.reshape(len(levels), -1, BANDS_PER_GROUP).mean(axis=2)
        moving = np.abs(np.fft.rfft(groups - groups.mean(axis=0), axis=0)) ** 2
        hertz = np.fft.rfftfreq(len(groups), 1 / FRAMES_PER_SECOND)
        shares = [moving[(hertz >= low) & (hertz < high)].sum(axis=0) for low, high in MODULATIONS]
        total = np.maximum(moving.sum(axis=0), 1e-9)
        return np.asarray(np.stack(shares, axis=1) / total[:, None]).ravel()
