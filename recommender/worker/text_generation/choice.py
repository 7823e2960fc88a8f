"""Which generator this process writes with: ``settings.TEXT_GENERATOR``.

``llamacpp``, ``transformers``, ``openai``, ``auto``, or ``package.module:Class`` for one's own,
which is made without arguments. ``auto`` is the server where OPENAI_BASE_URL names one,
transformers on CUDA and for models that are no GGUF file, and llama.cpp otherwise.
"""

from __future__ import annotations

import logging
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from recommender.explanation.generation import (
    GenerationUnavailableError,
    Prompt,
    TextGenerator,
)
from recommender.learning.language_files import PACKAGED, packaged_file
from recommender.worker.text_generation.counted import CountedGenerator

if TYPE_CHECKING:
    from recommender.worker.text_generation.openai_compatible import OpenAICompatibleGenerator

logger = logging.getLogger(__name__)

AUTO, OPENAI, TRANSFORMERS, LLAMACPP = "auto", "openai", "transformers", "llamacpp"
#: A generator that could not be loaded is not tried again before so many seconds have passed.
RETRY_SECONDS = 30.0
WARM_UP_SECONDS = 120.0


class _Kept:
    """The generator of this process, and when loading one failed last."""

    generator: CountedGenerator | None = None
    failed_at = float("-inf")
    failure = ""


def text_generator() -> CountedGenerator:
    """The generator of this process, loaded when it is first asked for.

    Raises:
        GenerationUnavailableError: it cannot be loaded now.
        ImproperlyConfigured: the settings name none.
    """
    if _Kept.generator is None:
        if time.monotonic() - _Kept.failed_at < RETRY_SECONDS:
            raise GenerationUnavailableError(_Kept.failure, reason="broken")
        try:
            _Kept.generator = CountedGenerator(_loaded(chosen_name()))
        except ImproperlyConfigured:
            raise
        except Exception as error:
            _Kept.failed_at, _Kept.failure = time.monotonic(), f"no generator: {error}"
            logger.warning("%s", _Kept.failure)
            raise GenerationUnavailableError(_Kept.failure, reason="broken") from error
    return _Kept.generator


def generator_or_none() -> CountedGenerator | None:
    """The generator of this process, where there is one."""
    try:
        return text_generator()
    except (GenerationUnavailableError, ImproperlyConfigured) as error:
        logger.warning("nothing is written: %s", error)
        return None


def current_generator() -> CountedGenerator | None:
    """What is loaded, without loading anything."""
    return _Kept.generator


def forget_generator() -> None:
    """Load anew when somebody asks next: other settings, or a model that has to leave memory."""
    _Kept.generator, _Kept.failed_at = None, float("-inf")


def warm_up() -> None:
    """Load the generator and write a word, so that the first to ask does not wait for that."""
    try:
        generator = text_generator()
        generator.generate([Prompt("", "Hello", max_tokens=1)], deadline_seconds=WARM_UP_SECONDS)
        logger.info("%s writes with %s", generator.name, generator.model)
    except (GenerationUnavailableError, ImproperlyConfigured) as error:
        logger.warning("nothing is written until there is a generator: %s", error)


def chosen_name() -> str:
    """The settings' word for a generator, with ``auto`` decided."""
    name = str(settings.TEXT_GENERATOR)
    if name not in {AUTO, OPENAI, TRANSFORMERS, LLAMACPP} and ":" not in name:
        raise ImproperlyConfigured(
            f"TEXT_GENERATOR={name!r} is none of auto, llamacpp, transformers, openai and "
            "package.module:Class"
        )
    if name != AUTO:
        return name
    if settings.OPENAI_BASE_URL:
        return OPENAI
    if find_spec("xllamacpp") is None or _gguf() is None:
        return TRANSFORMERS
    from recommender.learning.device import chosen_device

    return TRANSFORMERS if chosen_device().type == "cuda" else LLAMACPP


def _loaded(name: str) -> TextGenerator:
    makers = {OPENAI: server_generator, TRANSFORMERS: _transformers, LLAMACPP: _llamacpp}
    return makers[name]() if name in makers else _own_class(name)()


def server_generator() -> OpenAICompatibleGenerator:
    """A client of the server that the settings name."""
    from recommender.worker.text_generation.openai_compatible import (
        Bounds,
        GrammarField,
        OpenAICompatibleGenerator,
    )

    if not settings.OPENAI_BASE_URL:
        raise ImproperlyConfigured("TEXT_GENERATOR=openai needs OPENAI_BASE_URL")
    if not settings.OPENAI_MODEL:
        raise ImproperlyConfigured("OPENAI_BASE_URL needs OPENAI_MODEL: which model is to write?")
    try:
        grammar = GrammarField(settings.OPENAI_GRAMMAR)
    except ValueError:
        allowed = ", ".join(one.value or "(empty)" for one in GrammarField)
        raise ImproperlyConfigured(
            f"OPENAI_GRAMMAR={settings.OPENAI_GRAMMAR!r} is none of {allowed}"
        ) from None
    return OpenAICompatibleGenerator(
        settings.OPENAI_BASE_URL,
        model=settings.OPENAI_MODEL,
        key=settings.OPENAI_API_KEY,
        grammar=grammar,
        bounds=Bounds(read=settings.OPENAI_READ_SECONDS, rest=settings.OPENAI_REST_SECONDS),
    )


def _transformers() -> TextGenerator:
    from recommender.learning.device import chosen_device
    from recommender.learning.language_model import model_folder, quick_dtype
    from recommender.worker.text_generation.local_transformers import TransformersGenerator

    adapter = _adapter()
    return TransformersGenerator(
        model_folder(settings.LANGUAGE_MODEL, Path(settings.MODEL_DIR) / "language"),
        model=_told(adapter),
        device=chosen_device(),
        dtype=quick_dtype(),
        adapter=adapter,
    )


def _llamacpp() -> TextGenerator:
    from recommender.worker.text_generation.llamacpp import LlamaCppGenerator

    file = _gguf()
    if file is None:
        raise ImproperlyConfigured(
            f"TEXT_GENERATOR=llamacpp needs a GGUF file: LANGUAGE_MODEL={settings.LANGUAGE_MODEL!r}"
        )
    adapter = _adapter()
    return LlamaCppGenerator(
        file,
        model=_told(adapter),
        threads=settings.TEXT_THREADS,
        adapter=None if adapter is None else _adapter_file(adapter),
    )


def _adapter_file(folder: Path) -> Path:
    file = folder / "adapter.gguf"
    if not file.is_file():
        raise ImproperlyConfigured(f"llama.cpp needs TEXT_ADAPTER's adapter as GGUF: {file}")
    return file


def _own_class(name: str) -> type[TextGenerator]:
    module, _, wanted = name.partition(":")
    try:
        found: type[TextGenerator] = getattr(import_module(module), wanted)
    except (ImportError, AttributeError) as error:
        raise ImproperlyConfigured(f"TEXT_GENERATOR={name!r}: {error}") from error
    return found


def _gguf() -> Path | None:
    """The language model as a GGUF file, where it is one."""
    if settings.LANGUAGE_MODEL == PACKAGED:
        try:
            return packaged_file()
        except FileNotFoundError:
            return None
    file = Path(settings.LANGUAGE_MODEL)
    return file if file.suffix == ".gguf" and file.is_file() else None


def _adapter() -> Path | None:
    return Path(settings.TEXT_ADAPTER) if settings.TEXT_ADAPTER else None


def _told(adapter: Path | None) -> str:
    """The model's name in records; an adapter is a part of it."""
    return f"{settings.LANGUAGE_MODEL}+{adapter.name}" if adapter else settings.LANGUAGE_MODEL
