"""Tokenizers beside their peers: training and encoding, in CPU seconds of one thread.

    python benchmarks/tokenizer.py [--quick]

The text is what this machine has: English from `corpus.load("shelf")` (docstrings, READMEs,
licences) for 1 MB; for more, the Python sources of the installed packages in the order of their
names, code and comments, which hold several times as many different words. Peers get the same
documents, the same pattern (GPT-2's), the same vocabulary size and the same 256 bytes to start
from; `tokenizers` and `tiktoken` are compiled Rust, the textbook loop is the one below.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
from collections import Counter
from itertools import pairwise
from pathlib import Path

from _measure import exponent, row, side_by_side

from llmlab import corpus, pretokenize, tokenizer
from llmlab.bpe import BPE

try:
    import tokenizers as hf
except ImportError:
    sys.exit("This measures beside tokenizers: pip install 'llmlab[hub]'")

VOCAB = 4096


def sources(n_bytes: int) -> list[str]:
    """Read Python files of the installed packages, `n_bytes` together; the last one is cut."""
    documents: list[str] = []
    for path in sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*.py")):
        text = path.read_text("utf-8", errors="ignore")[:n_bytes]
        documents.append(text)
        n_bytes -= len(text.encode())
        if n_bytes <= 0:
            break
    return documents


def train_hf(texts: list[str], vocab_size: int = VOCAB) -> hf.Tokenizer:
    """Train the peer: byte level, GPT-2's pattern, no special tokens."""
    made = hf.Tokenizer(hf.models.BPE())
    made.pre_tokenizer = hf.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = hf.trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=hf.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    return made


def beside_tokenizers(name: str, texts: list[str], rounds: int) -> None:
    """Train on `texts`, beside `tokenizers`."""
    ours, peer = side_by_side(rounds, lambda: BPE.train(texts, VOCAB), lambda: train_hf(texts))
    note = f"vocabulary {VOCAB}, {len(texts)} documents, median of {rounds}"
    row(f"bpe_train_{name}_vs_tokenizers", ours, peer, "CPU s", more=False, note=note)


def textbook_step(pieces: list[list[int]], new: int) -> tuple[int, int]:
    """Do one merge as textbooks do: count all pairs of all pieces, then rewrite every piece."""
    counts: Counter[tuple[int, int]] = Counter()
    for ids in pieces:
        for pair in pairwise(ids):
            counts[pair] += 1
    best = max(counts, key=counts.__getitem__)
    for k, ids in enumerate(pieces):
        merged, i = [], 0
        while i < len(ids):
            if i < len(ids) - 1 and ids[i] == best[0] and ids[i + 1] == best[1]:
                merged.append(new)
                i += 2
            else:
                merged.append(ids[i])
                i += 1
        pieces[k] = merged
    return best


def beside_textbook(texts: list[str], rounds: int) -> None:
    """Train beside the loop that counts everything anew for every merge.

    The loop would take many minutes, so single merges of it are timed at five points of the
    training, each on the text as it stands there, and joined by straight lines. A merge becomes
    cheaper as the text becomes shorter, fast at first: hence the unequal distances.
    """
    merges = BPE.train(texts, VOCAB).merges
    stages = [0, len(merges) // 64, len(merges) // 16, len(merges) // 4, len(merges)]
    texts_there = [_pieces_after(texts, merges[:n]) for n in stages]
    steps = [lambda pieces=pieces: textbook_step(pieces, VOCAB) for pieces in texts_there]
    ours, *timed = side_by_side(rounds, lambda: BPE.train(texts, VOCAB), *steps)
    spans = zip(pairwise(stages), pairwise(timed), strict=True)
    peer = sum((end - start) * (first + last) / 2 for (start, end), (first, last) in spans)
    note = f"textbook: {len(stages)} of {len(merges)} merges timed, those between interpolated"
    row("bpe_train_1mb_vs_textbook", ours, peer, "CPU s", more=False, note=note)


def _pieces_after(texts: list[str], merges: list[tuple[bytes, bytes]]) -> list[list[int]]:
    """Cut the texts as they stand after these merges."""
    vocab = dict(enumerate([bytes([b]) for b in range(256)] + [a + b for a, b in merges]))
    there = BPE(vocab, merges)
    return [there.encode_piece(piece) for text in texts for piece in pretokenize.split(text)]


def encoding(texts: list[str], rounds: int) -> None:
    """Encode document by document, with a tokenizer that has met no word yet, and again."""
    trained = BPE.train(texts, VOCAB)
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    fast, theirs = trained.to_tiktoken(), tokenizer.to_tokenizers(trained)

    def cold() -> None:
        fresh = BPE(trained.vocab, trained.merges)
        for text in texts:
            fresh.encode_ordinary(text)

    def warm() -> None:
        for text in texts:
            trained.encode_ordinary(text)

    def by_tiktoken() -> None:
        for text in texts:
            fast.encode_ordinary(text)

    def by_tokenizers() -> None:
        for text in texts:
            theirs.encode(text)

    warm()
    seconds = side_by_side(rounds, cold, warm, by_tiktoken, by_tokenizers)
    ours, again, tiktoken, tokenizers = (megabytes / s for s in seconds)
    unit, note = "MB / CPU s", "ours is pure Python, its cache empty at the start"
    row("bpe_encode_vs_tiktoken", ours, tiktoken, unit, more=True, note=note)
    row("bpe_encode_vs_tokenizers", ours, tokenizers, unit, more=True, note=note)
    row("bpe_encode_again_vs_tiktoken", again, tiktoken, unit, more=True, note="words met before")


def growth(texts: list[str], rounds: int) -> None:
    """Tell how the time grows with the text (an exponent) and with the vocabulary (a factor)."""

    def seconds(work: list[tuple[list[str], int]]) -> list[tuple[float, ...]]:
        trainers = BPE.train, train_hf
        timed = [
            side_by_side(rounds, *(lambda t=train, a=arguments: t(*a) for train in trainers))
            for arguments in work
        ]
        return list(zip(*timed, strict=True))

    parts = [texts[: len(texts) // k] for k in (8, 4, 2, 1)]
    sizes = [sum(map(len, part)) for part in parts]
    ours, peer = (exponent(sizes, column) for column in seconds([(p, VOCAB) for p in parts]))
    note = f"e in time ~ bytes**e, {sizes[0]} to {sizes[-1]} bytes"
    row("bpe_train_growth_with_text", ours, peer, "exponent", more=False, note=note)
    few, many = 1024, 8192
    ours, peer = (t[1] / t[0] for t in seconds([(parts[1], size) for size in (few, many)]))
    note = f"time for a vocabulary of {many} by time for {few}, {sizes[1]} bytes"
    row("bpe_train_growth_with_vocabulary", ours, peer, "times the time", more=False, note=note)


def main() -> None:
    """Print one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    quick = parser.parse_args().quick
    one = corpus.load("shelf", max_bytes=1_000_000)
    beside_tokenizers("1mb", one, 3 if quick else 7)
    encoding(one, 3 if quick else 7)
    beside_textbook(one, 1 if quick else 3)
    growth(sources(1_000_000 if quick else 16_000_000), 1 if quick else 3)
    beside_tokenizers("20mb", sources(20_000_000), 1 if quick else 3)


if __name__ == "__main__":
    main()
