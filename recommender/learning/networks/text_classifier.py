"""A BERT-family encoder with a linear layer on the mean of its last hidden states."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class TextClassifier(nn.Module):
    """``encoder`` is what transformers' AutoModel gives; its weights are trained too.

    The mean over the real tokens is what sentence encoders such as MiniLM were trained with, so
    that the head begins on vectors that mean something; BERT itself does no worse with it.
    """

    def __init__(self, encoder: Any, n_labels: int, dropout: float = 0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(int(encoder.config.hidden_size), n_labels)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits, shape (batch, n_labels), of tokens of shape (batch, tokens)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        states: Tensor = hidden.last_hidden_state  # (batch, tokens, hidden)
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        logits: Tensor = self.head(self.dropout(mean))
        return logits
