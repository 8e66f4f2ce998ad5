"""Lab 02, exercises 2.1 to 2.6: other right answers, which every check must accept.

Each solves its exercise in a way of its own, as students do: with indices, recursion, a heap, a
regex. A check that rejects one of them asks for more than its text.
"""

from __future__ import annotations

import codecs
import functools
import heapq
import io
import itertools
import math
import operator
import re
from collections import Counter, defaultdict

from llmlab.checks.tokenization.counting import most_frequent_pair
from llmlab.checks.tokenization.decoding import decode
from llmlab.checks.tokenization.encoding import encode_word, merge, one_at_a_time
from llmlab.checks.tokenization.fixtures import Logp, letters
from llmlab.checks.tokenization.lattice import no_way, trail, viterbi
from llmlab.checks.tokenization.merging import merge_pair
from llmlab.checks.tokenization.special import joined, split_special

__all__: list[str] = []

Pair = tuple[bytes, bytes]
Word = tuple[bytes, ...]
Words = dict[Word, int]
Ranks = dict[Pair, int]
Pieces = list[tuple[str, bool]]
Vocab = dict[int, bytes]


@most_frequent_pair.alternative
def _(words: Words) -> Pair | None:
    """Indices and a running best."""
    counts: defaultdict[Pair, int] = defaultdict(int)
    for word in words:
        for i in range(len(word) - 1):
            counts[word[i], word[i + 1]] += words[word]
    best: Pair | None = None
    for pair in counts:
        if best is None or counts[pair] > counts[best]:
            best = pair
        elif counts[pair] == counts[best] and pair > best:
            best = pair
    return best


@most_frequent_pair.alternative
def _(words: Words) -> Pair | None:
    """Sort (count, pair), and take the last."""
    pairs = {pair for word in words for pair in itertools.pairwise(word)}
    score = {
        p: sum(n * list(itertools.pairwise(w)).count(p) for w, n in words.items()) for p in pairs
    }
    return sorted((n, pair) for pair, n in score.items())[-1][1] if score else None


@most_frequent_pair.alternative
def _(words: Words) -> Pair | None:
    """A sum of counters, ties kept in a list."""
    one_each = (Counter({p: 0}) for w in words for p in itertools.pairwise(w))
    counts: Counter[Pair] = sum(one_each, Counter())
    for word, n in words.items():
        counts.update(list(itertools.pairwise(word)) * n)
    tied = [pair for pair, n in counts.items() if n == max(counts.values())]
    return max(tied) if tied else None


@merge_pair.alternative
def _(word: Word, pair: Pair) -> Word:
    """Recursion on the rest of the word."""

    def merged_from(i: int) -> Word:
        if i >= len(word):
            return ()
        if word[i : i + 2] == pair:
            return (word[i] + word[i + 1], *merged_from(i + 2))
        return (word[i], *merged_from(i + 1))

    return merged_from(0)


@merge_pair.alternative
def _(word: Word, pair: Pair) -> Word:
    """A stack: a merged token is longer than either part, so it is never merged again."""
    done: list[bytes] = []
    for token in word:
        if done and (done[-1], token) == pair:
            done[-1] += token
        else:
            done.append(token)
    return tuple(done)


@merge_pair.alternative
def _(word: Word, pair: Pair) -> Word:
    """One character for each kind of token, then `str.replace`."""
    kinds = list(dict.fromkeys([*word, *pair, b"".join(pair)]))
    code = {token: chr(0xE000 + i) for i, token in enumerate(kinds)}
    text = "".join(code[token] for token in word)
    text = text.replace(code[pair[0]] + code[pair[1]], code[b"".join(pair)])
    return tuple(kinds[ord(character) - 0xE000] for character in text)


@merge_pair.alternative
def _(word: Word, pair: Pair) -> Word:
    """An iterator that is asked for one token ahead."""
    tokens = iter(word)
    merged: list[bytes] = []
    held = next(tokens, None)
    while held is not None:
        token = next(tokens, None)
        if (held, token) == pair:
            merged.append(b"".join(pair))
            token = next(tokens, None)
        else:
            merged.append(held)
        held = token
    return tuple(merged)


@encode_word.alternative
def _(word: bytes, ranks: Ranks) -> list[bytes]:
    """One occurrence at a time, the left-most of the lowest rank, as tiktoken does."""
    return one_at_a_time(word, ranks)


@encode_word.alternative
def _(word: bytes, ranks: Ranks) -> list[bytes]:
    """Recursion: merge once, encode the result."""

    def finish(tokens: tuple[bytes, ...]) -> list[bytes]:
        rank, pair = min(
            ((ranks[p], p) for p in itertools.pairwise(tokens) if p in ranks), default=(0, None)
        )
        return finish(tuple(merge(list(tokens), pair))) if pair else list(tokens)

    return finish(letters(word))


@encode_word.alternative
def _(word: bytes, ranks: Ranks) -> list[bytes]:
    """A heap of (rank, place) over a linked list."""
    tokens: list[bytes | None] = list(letters(word))
    after = list(range(1, len(tokens) + 1))
    before = list(range(-1, len(tokens)))
    heap: list[tuple[int, int, bytes, bytes]] = []

    def offer(i: int) -> None:
        if i >= 0 and after[i] < len(tokens):
            a, b = tokens[i], tokens[after[i]]
            if a is not None and b is not None and (a, b) in ranks:
                heapq.heappush(heap, (ranks[a, b], i, a, b))

    for i in range(len(tokens)):
        offer(i)
    while heap:
        _, i, a, b = heapq.heappop(heap)
        j = after[i]
        if tokens[i] != a or j >= len(tokens) or tokens[j] != b:
            continue
        tokens[i], tokens[j], after[i] = a + b, None, after[j]
        before[after[i]] = i
        offer(before[i])
        offer(i)
    return [token for token in tokens if token is not None]


@split_special.alternative
def _(text: str, special_tokens: list[str]) -> Pieces:
    """`re.split` with a group; every second piece is special."""
    if not special_tokens:
        return [(text, False)] if text else []
    pieces = re.split(joined(special_tokens), text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


@split_special.alternative
def _(text: str, special_tokens: list[str]) -> Pieces:
    """Recursion: the special token that begins first, the longest of several, then the rest."""
    places = [(text.find(s), -len(s), s) for s in special_tokens if s in text]
    if not places:
        return [(text, False)] if text else []
    place, _, found = min(places)
    before = [(text[:place], False)] if place else []
    rest = split_special.alternatives[1](text[place + len(found) :], special_tokens)
    return [*before, (found, True), *rest]


@split_special.alternative
def _(text: str, special_tokens: list[str]) -> Pieces:
    """`finditer`, sorted backwards: a longer token stands before its own beginning."""
    pieces: Pieces = []
    end = 0
    pattern = "|".join(map(re.escape, sorted(special_tokens, reverse=True))) or "(?!)"
    for match in re.finditer(pattern, text):
        pieces += [(text[end : match.start()], False), (match.group(), True)]
        end = match.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


@decode.alternative
def _(ids: list[int], vocab: Vocab) -> str:
    """A growing bytearray, and KeyError turned into ValueError."""
    raw = bytearray()
    for i in ids:
        try:
            raw += vocab[i]
        except KeyError as problem:
            raise ValueError(f"unknown id: {i}") from problem
    return str(raw, "utf-8", "replace")


@decode.alternative
def _(ids: list[int], vocab: Vocab) -> str:
    """A fold, after looking at all ids at once."""
    unknown = set(ids) - vocab.keys()
    if unknown:
        raise ValueError(f"not in the vocabulary: {sorted(unknown)}")
    raw = functools.reduce(operator.add, map(vocab.__getitem__, ids), b"")
    return codecs.decode(raw, "utf-8", "replace")


@decode.alternative
def _(ids: list[int], vocab: Vocab) -> str:
    """An incremental decoder: it keeps the bytes of an unfinished character by itself."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    text = ""
    for i in ids:
        token = vocab.get(i)
        if token is None:
            raise ValueError(f"no token has the id {i}")
        text += decoder.decode(token)
    return text + decoder.decode(b"", final=True)


@decode.alternative
def _(ids: list[int], vocab: Vocab) -> str:
    """A file in memory."""
    file = io.BytesIO()
    for i in ids:
        if vocab.get(i) is None:
            raise ValueError(str(i))
        file.write(vocab[i])
    return io.TextIOWrapper(io.BytesIO(file.getvalue()), "utf-8", "replace", newline="").read()


@viterbi.alternative
def _(text: str, logp: Logp) -> list[str]:
    """Recursion from the left, with a memory."""

    @functools.cache
    def best(start: int) -> tuple[float, tuple[str, ...]]:
        if start == len(text):
            return 0.0, ()
        routes: list[tuple[float, tuple[str, ...]]] = [(-math.inf, ())]
        for end in range(start + 1, len(text) + 1):
            piece = text[start:end]
            if piece in logp:
                rest, pieces = best(end)
                routes.append((logp[piece] + rest, (piece, *pieces)))
        return max(routes)

    total, pieces = best(0)
    if total == -math.inf:
        raise no_way(text)
    return list(pieces)


@viterbi.alternative
def _(text: str, logp: Logp) -> list[str]:
    """From each position forwards, piece by piece of the vocabulary."""
    score = [0.0] + [-math.inf] * len(text)
    last = [""] * (len(text) + 1)
    for i in range(len(text)):
        for piece, value in logp.items():
            end = i + len(piece)
            if text.startswith(piece, i) and score[i] + value > score[end]:
                score[end], last[end] = score[i] + value, piece
    if score[-1] == -math.inf:
        raise no_way(text)
    back = [end - len(piece) for end, piece in enumerate(last)]
    return trail(text, back)


@viterbi.alternative
def _(text: str, logp: Logp) -> list[str]:
    """The shortest path in a graph of positions (Dijkstra: costs are not negative)."""
    heap: list[tuple[float, int, tuple[str, ...]]] = [(0.0, 0, ())]
    done = set()
    while heap:
        cost, start, pieces = heapq.heappop(heap)
        if start == len(text):
            return list(pieces)
        if start in done:
            continue
        done.add(start)
        for end in range(start + 1, len(text) + 1):
            if text[start:end] in logp:
                piece = text[start:end]
                heapq.heappush(heap, (cost - logp[piece], end, (*pieces, piece)))
    raise no_way(text)
