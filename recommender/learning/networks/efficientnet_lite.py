"""EfficientNet-Lite0: a small convolutional network for pictures that runs well on a processor.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019), in
the Lite variant that Google published with its TPU models in 2020: no squeeze-and-excitation, and
ReLU6 in place of swish. The names of the parameters are those of the converted weights.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Numbers of the released networks: TensorFlow's batch normalisation.
EPSILON = 1e-3
#: Width of the pooled features.
FEATURES = 1280
#: Side of the square picture, in pixels.
RESOLUTION = 224


class Stage(NamedTuple):
    """Blocks of one shape; only the first has the stride and changes the number of channels."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STEM_CHANNELS = 32
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow pads: where it cannot be even, more at the far edge."""

    def forward(self, input: Tensor) -> Tensor:
        pads: list[int] = []
        # functional.pad wants the last dimension first.
        for size, kernel, stride in zip(
            reversed(input.shape[-2:]),
            reversed(self.kernel_size),
            reversed(self.stride),
            strict=True,
        ):
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [missing // 2, missing - missing // 2]
        padded = functional.pad(input, pads) if any(pads) else input
        return functional.conv2d(padded, self.weight, self.bias, self.stride, 0, 1, self.groups)


def _normalised(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=0.01)


class MobileBlock(nn.Module):
    """Inverted residual: widen, filter each channel by itself, narrow; added where shapes allow."""

    def __init__(self, channels_in: int, stage: Stage, stride: int) -> None:
        super().__init__()
        wide = channels_in * stage.expansion
        self.expands = stage.expansion > 1
        if self.expands:
            self._expand_conv = SameConv(channels_in, wide, 1, bias=False)
            self._bn0 = _normalised(wide)
        self._depthwise_conv = SameConv(wide, wide, stage.kernel, stride, groups=wide, bias=False)
        self._bn1 = _normalised(wide)
        self._project_conv = SameConv(wide, stage.channels, 1, bias=False)
        self._bn2 = _normalised(stage.channels)
        self.is_residual = stride == 1 and channels_in == stage.channels

    def forward(self, input: Tensor) -> Tensor:
        """(batch, channels_in, height, width) to (batch, channels, height', width')."""
        hidden = input
        if self.expands:
            hidden = functional.relu6(self._bn0(self._expand_conv(hidden)))
        hidden = functional.relu6(self._bn1(self._depthwise_conv(hidden)))
        narrow: Tensor = self._bn2(self._project_conv(hidden))
        return narrow + input if self.is_residual else narrow


class EfficientNetLite0(nn.Module):
    """The whole network: stem, sixteen blocks, head, and the classifier of ImageNet's 1,000."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, STEM_CHANNELS, 3, 2, bias=False)
        self._bn0 = _normalised(STEM_CHANNELS)
        blocks: list[nn.Module] = []
        channels = STEM_CHANNELS
        for stage in STAGES:
            for place in range(stage.repeats):
                blocks.append(MobileBlock(channels, stage, stage.stride if place == 0 else 1))
                channels = stage.channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv(channels, FEATURES, 1, bias=False)
        self._bn1 = _normalised(FEATURES)
        self._fc = nn.Linear(FEATURES, classes)

    def features(self, pixels: Tensor) -> Tensor:
        """(batch, 3, 224, 224) in -1..1 to pooled features, (batch, 1280), all at least zero."""
        hidden = functional.relu6(self._bn0(self._conv_stem(pixels)))
        for block in self._blocks:
            hidden = block(hidden)
        hidden = functional.relu6(self._bn1(self._conv_head(hidden)))
        return torch.flatten(functional.adaptive_avg_pool2d(hidden, 1), 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Scores of the classes, (batch, classes)."""
        scores: Tensor = self._fc(self.features(pixels))
        return scores
