"""A BERT of a few thousand weights and the words of a small shop, for tests that train one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recommender.feedback.labelled_texts import BAD, GOOD, LabelledText, LabelledTexts

GOOD_WORDS = ("lovely", "great", "excellent", "tasty")
BAD_WORDS = ("awful", "broken", "stale", "dreadful")
NEUTRAL_WORDS = ("the", "bread", "milk", "was", "and", "arrived", "today", "jam")


def tiny_bert(folder: Path) -> Path:
    """Write tokeniser and random weights into the folder, as transformers expects them."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [*GOOD_WORDS, *BAD_WORDS, *NEUTRAL_WORDS, *"abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    return folder


def opinion_texts(per_label: int = 60, seed: int = 0) -> LabelledTexts:
    """Sentences whose label is told by one word of eight."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(2 * per_label):
        label = GOOD if number % 2 else BAD
        words = list(rng.choice(NEUTRAL_WORDS, 5))
        words.insert(int(rng.integers(6)), str(rng.choice(GOOD_WORDS if label else BAD_WORDS)))
        rows.append(LabelledText(" ".join(words), label, f"review {number // 2}-{label}"))
    return LabelledTexts.of(rows)
