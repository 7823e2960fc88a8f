"""What writes texts, and with what; docs/generation.md says more."""

from __future__ import annotations

import os

#: What writes texts: auto, llamacpp, transformers, openai, or package.module:Class.
TEXT_GENERATOR = os.environ.get("TEXT_GENERATOR", "auto")
#: A folder with a LoRA adapter of the language model.
TEXT_ADAPTER = os.environ.get("TEXT_ADAPTER", "")
#: Threads of llama.cpp; where other work shares the cores, more than one is slower.
TEXT_THREADS = int(os.environ.get("TEXT_THREADS", "1"))
#: A server that speaks OpenAI's protocol; how it wants a grammar: docs/generation.md.
OPENAI_BASE_URL = os.environ.get("OPENAI_BASE_URL", "")
OPENAI_MODEL = os.environ.get("OPENAI_MODEL", "")
OPENAI_API_KEY = os.environ.get("OPENAI_API_KEY", "")
OPENAI_GRAMMAR = os.environ.get("OPENAI_GRAMMAR", "")
#: How long it may be silent, and how long it is left alone after it failed again and again.
OPENAI_READ_SECONDS = float(os.environ.get("OPENAI_READ_SECONDS", "5"))
OPENAI_REST_SECONDS = float(os.environ.get("OPENAI_REST_SECONDS", "15"))
#: An explaining worker that has grown beyond this ends after its task and is started anew.
EXPLAIN_MEMORY_MB = int(os.environ.get("EXPLAIN_MEMORY_MB", "2500"))
