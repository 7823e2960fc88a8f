"""Where networks are trained and scored: one setting, ``RECSITE_DEVICE``."""

from __future__ import annotations

import os

import torch
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

AUTO = "auto"


def chosen_device() -> torch.device:
    """The device of ``settings.RECSITE_DEVICE``: ``auto``, or any name that torch knows.

    ``auto`` is the first CUDA device where there is one, and the processor otherwise. Processes
    that torchrun started side by side take one CUDA device each.

    Raises:
        ImproperlyConfigured: torch knows no such device, or it is not in this machine.
    """
    name = str(settings.RECSITE_DEVICE)
    if name == AUTO:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ImproperlyConfigured(f"RECSITE_DEVICE={name!r} is no device: {error}") from error
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise ImproperlyConfigured(f"RECSITE_DEVICE={name!r}, but torch finds no CUDA device")
        if ":" not in name:
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        if device.index >= torch.cuda.device_count():
            raise ImproperlyConfigured(
                f"RECSITE_DEVICE={name!r} asks for CUDA device {device.index} of "
                f"{torch.cuda.device_count()}"
            )
    return device
