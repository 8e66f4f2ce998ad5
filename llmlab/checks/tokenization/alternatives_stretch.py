"""Lab 02, stretch: other right answers, which every check must accept."""

from __future__ import annotations

import functools
import heapq
import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

import regex

from llmlab.checks.tokenization.expectation import em_step, normalised
from llmlab.checks.tokenization.fixtures import Logp, letters
from llmlab.checks.tokenization.likelihood import best_wordpiece_pair
from llmlab.checks.tokenization.streaming import encode_stream
from llmlab.checks.tokenization.training import count_pairs, merged, train_bpe

__all__: list[str] = []

Pair = tuple[bytes, bytes]
Encode = Callable[[str], list[int]]


@train_bpe.alternative
def _(words: dict[bytes, int], n_merges: int) -> list[Pair]:
    """A heap of pairs that may be out of date; an entry counts if it still says the truth."""
    split = [letters(word) for word in words]
    times = list(words.values())
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, list[int]] = defaultdict(list)
    for i, word in enumerate(split):
        for pair in pairwise(word):
            counts[pair] += times[i]
            where[pair].append(i)
    heap = [(-n, _backwards(pair), pair) for pair, n in counts.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < n_merges:
        minus, _, best = heapq.heappop(heap)
        if counts[best] != -minus or not minus:
            continue
        merges.append(best)
        change: Counter[Pair] = Counter()
        for i in dict.fromkeys(where.pop(best)):
            for pair in pairwise(split[i]):
                change[pair] -= times[i]
            split[i] = merged(split[i], best)
            for pair in pairwise(split[i]):
                change[pair] += times[i]
                where[pair].append(i)
        for pair, n in change.items():
            counts[pair] += n
            if n and counts[pair]:
                heapq.heappush(heap, (-counts[pair], _backwards(pair), pair))
    return merges


def _backwards(pair: Pair) -> tuple[tuple[int, ...], ...]:
    """A key that sorts the greater pair first; 1 ends a part, so a longer one comes earlier."""
    return tuple((*(-byte for byte in part), 1) for part in pair)


@train_bpe.alternative
def _(words: dict[bytes, int], n_merges: int) -> list[Pair]:
    """Counters subtracted and added word by word; the words are found by looking through them."""
    split = {word: letters(word) for word in words}
    counts = count_pairs([(letters(word), n) for word, n in words.items()])
    merges: list[Pair] = []
    for _ in range(n_merges):
        if not counts:
            break
        most = max(counts.values())
        merges.append(max(pair for pair, n in counts.items() if n == most))
        for word in [w for w, tokens in split.items() if merges[-1] in pairwise(tokens)]:
            before = count_pairs([(split[word], words[word])])
            split[word] = merged(split[word], merges[-1])
            counts.subtract(before)
            counts.update(count_pairs([(split[word], words[word])]))
        counts = +counts
    return merges


@encode_stream.alternative
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Iterator[int]:
    """Matches and their places; four pieces are held back."""
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        held = deque(regex.finditer(pattern, waiting), maxlen=4)
        cut = held[0].start() if held else 0
        for match in regex.finditer(pattern, waiting):
            if match.end() <= cut:
                yield from encode_piece(match.group())
        waiting = waiting[cut:]
    for match in regex.finditer(pattern, waiting):
        yield from encode_piece(match.group())


@encode_stream.alternative
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Iterator[int]:
    """A generator of pieces inside a generator of ids; hands out a batch when ten pieces wait."""

    def pieces() -> Iterator[str]:
        text = ""
        for chunk in chunks:
            text += chunk
            found = regex.findall(pattern, text)
            if len(found) > 10:
                yield from found[:-3]
                text = "".join(found[-3:])
        yield from regex.findall(pattern, text)

    return (i for piece in pieces() for i in encode_piece(piece))


@encode_stream.alternative
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Iterator[int]:
    """One chunk ahead with `next`, and nothing but `while`."""
    source = iter(chunks)
    text, ended = "", False
    while not ended:
        chunk = next(source, None)
        ended = chunk is None
        text += chunk or ""
        found = regex.findall(pattern, text)
        while len(found) > (0 if ended else 2):
            piece = found.pop(0)
            text = text.removeprefix(piece)
            yield from encode_piece(piece)


@em_step.alternative
def _(words: dict[str, int], logp: Logp) -> Logp:
    """Forward–backward with logarithms all the way."""

    def log_sum(values: list[float]) -> float:
        top = max(values, default=-math.inf)
        return top if top == -math.inf else top + math.log(sum(math.exp(v - top) for v in values))

    expected: defaultdict[str, float] = defaultdict(float)
    for word, n in words.items():
        size = len(word)
        spans = [(i, j) for i in range(size) for j in range(i + 1, size + 1) if word[i:j] in logp]
        forward = {0: 0.0}
        for end in range(1, size + 1):
            forward[end] = log_sum([forward[i] + logp[word[i:j]] for i, j in spans if j == end])
        backward = {size: 0.0}
        for start in range(size - 1, -1, -1):
            backward[start] = log_sum(
                [logp[word[i:j]] + backward[j] for i, j in spans if i == start]
            )
        for i, j in spans:
            expected[word[i:j]] += n * math.exp(
                forward[i] + logp[word[i:j]] + backward[j] - forward[size]
            )
    return normalised(expected)


@em_step.alternative
def _(words: dict[str, int], logp: Logp) -> Logp:
    """The derivative trick: a piece's expected count is that of log Z by its log-probability."""
    counts: Counter[str] = Counter()
    for word, n in words.items():

        @functools.cache
        def rest(text: str) -> tuple[float, dict[str, float]]:
            """The probability of all ways to write `text`, and its gradient by each piece."""
            if not text:
                return 1.0, {}
            z, slope = 0.0, defaultdict[str, float](float)
            for end in range(1, len(text) + 1):
                if text[:end] in logp:
                    p = math.exp(logp[text[:end]])
                    tail, tail_slope = rest(text[end:])
                    z += p * tail
                    slope[text[:end]] += p * tail
                    for piece, value in tail_slope.items():
                        slope[piece] += p * value
            return z, slope

        z, slope = rest(word)
        counts.update({piece: n * value / z for piece, value in slope.items()})
    total = math.fsum(counts.values())
    return {piece: math.log(n) - math.log(total) for piece, n in counts.items() if n}


@train_bpe.alternative
def _(words: dict[bytes, int], n_merges: int) -> list[Pair]:
    """Pairs in buckets by how often they occur; the greatest of the fullest bucket is next."""
    split = {word: letters(word) for word in words}
    counts: Counter[Pair] = Counter()
    buckets: defaultdict[int, set[Pair]] = defaultdict(set)
    users: defaultdict[Pair, set[bytes]] = defaultdict(set)

    def change(pair: Pair, by: int) -> None:
        old, new = counts[pair], counts[pair] + by
        buckets[old].discard(pair)
        if not buckets[old]:
            del buckets[old]
        counts[pair] = new
        if new > 0:
            buckets[new].add(pair)

    def tally(word: bytes, sign: int) -> None:
        for pair in pairwise(split[word]):
            change(pair, sign * words[word])
            users[pair].add(word)

    for word in words:
        tally(word, 1)
    merges: list[Pair] = []
    while buckets and len(merges) < n_merges:
        merges.append(max(buckets[max(buckets)]))
        for word in users.pop(merges[-1]):
            tally(word, -1)
            split[word] = merged(split[word], merges[-1])
            tally(word, 1)
    return merges


@best_wordpiece_pair.alternative
def _(words: dict[tuple[str, ...], int]) -> tuple[str, str] | None:
    """Exact fractions."""
    f: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for word, n in words.items():
        f.update({token: n * word.count(token) for token in set(word)})
        for pair in pairwise(word):
            together[pair] += n
    score = {(a, b): Fraction(n, f[a] * f[b]) for (a, b), n in together.items()}
    return max(score, key=lambda pair: (score[pair], pair), default=None)


@em_step.alternative
def _(words: dict[str, int], logp: Logp) -> Logp:
    """One pass from the left: each place keeps how often it expects each piece before it."""
    expected: defaultdict[str, float] = defaultdict(float)
    for word, n in words.items():
        reached: dict[int, tuple[float, dict[str, float]]] = {0: (0.0, {})}
        for end in range(1, len(word) + 1):
            ways = [
                (total + logp[word[start:end]], word[start:end], before)
                for start, (total, before) in reached.items()
                if word[start:end] in logp
            ]
            if not ways:
                continue
            top = max(total for total, _, _ in ways)
            z = sum(math.exp(total - top) for total, _, _ in ways)
            mixed: defaultdict[str, float] = defaultdict(float)
            for total, piece, before in ways:
                share = math.exp(total - top) / z
                for known, value in before.items():
                    mixed[known] += share * value
                mixed[piece] += share
            reached[end] = top + math.log(z), mixed
        for piece, value in reached[len(word)][1].items():
            expected[piece] += n * value
    return normalised(expected)
