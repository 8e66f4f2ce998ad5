"""Lab 02: what its exercises must satisfy, and the wrong answers that we can explain.

    from llmlab.checks import tokenization as check
    check.merge_pair(merge_pair)

One module an exercise, in the order of the lab; the outcome of its open block comes last.
"""

from __future__ import annotations

# isort: off
from llmlab.checks.tokenization.counting import most_frequent_pair
from llmlab.checks.tokenization.merging import merge_pair
from llmlab.checks.tokenization.encoding import encode_word
from llmlab.checks.tokenization.special import split_special
from llmlab.checks.tokenization.decoding import decode
from llmlab.checks.tokenization.lattice import viterbi
from llmlab.checks.tokenization.training import train_bpe
from llmlab.checks.tokenization.streaming import encode_stream
from llmlab.checks.tokenization.wordpiece import wordpiece_encode
from llmlab.checks.tokenization.likelihood import best_wordpiece_pair
from llmlab.checks.tokenization.expectation import em_step
from llmlab.checks.tokenization.report import tokenizer_report
from llmlab.checks.tokenization.outcome import tokenizer_outcome

# What these hold they add to the exercises above.
from llmlab.checks.tokenization import encoding_wrong, lattice_wrong, special_wrong  # noqa: F401
from llmlab.checks.tokenization import alternatives_core, alternatives_stretch  # noqa: F401

__all__ = [
    "best_wordpiece_pair",
    "decode",
    "em_step",
    "encode_stream",
    "encode_word",
    "merge_pair",
    "most_frequent_pair",
    "split_special",
    "tokenizer_outcome",
    "tokenizer_report",
    "train_bpe",
    "viterbi",
    "wordpiece_encode",
]
