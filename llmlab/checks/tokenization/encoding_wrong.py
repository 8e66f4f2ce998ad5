"""Lab 02, exercise 3: the wrong answers that we can explain."""

from __future__ import annotations

import itertools
import math
from typing import Any

from llmlab.checks.tokenization.encoding import Ranks, encode_word, merge
from llmlab.checks.tokenization.fixtures import letters

__all__: list[str] = []


@encode_word.misconception(
    "the longest token first",
    "You take the longest token that fits from the left, as WordPiece does. BPE replays its "
    "merges: the pair with the lowest rank first, wherever it stands.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    vocab = {a + b for a, b in ranks} | set(letters(word))
    tokens = []
    while word:
        end = next(end for end in range(len(word), 0, -1) if word[:end] in vocab)
        tokens.append(word[:end])
        word = word[end:]
    return tokens


@encode_word.misconception(
    "the left-most pair first",
    "You merge the first pair from the left that has a rank. Look at all pairs and take the one "
    "with the lowest rank.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    i = 0
    while i < len(tokens) - 1:
        if (tokens[i], tokens[i + 1]) in ranks:
            tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
            i = 0
        else:
            i += 1
    return tokens


@encode_word.misconception(
    "the highest rank first",
    "You merge the pair with the highest rank first. Ranks count from 0, the merge learnt first: "
    "the lowest goes first.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while known := [pair for pair in itertools.pairwise(tokens) if pair in ranks]:
        tokens = merge(tokens, max(known, key=lambda pair: ranks[pair]))
    return tokens


@encode_word.misconception(
    "the order of the dictionary",
    "You try the pairs in the order in which the dictionary lists them; its values are the ranks, "
    "and they decide.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while True:
        pair = next((pair for pair in ranks if pair in itertools.pairwise(tokens)), None)
        if pair is None:
            return tokens
        tokens = merge(tokens, pair)


@encode_word.misconception(
    "the longest pair first",
    "You merge the pair that makes the longest token; the rank decides, not the length.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while known := [pair for pair in itertools.pairwise(tokens) if pair in ranks]:
        tokens = merge(tokens, max(known, key=lambda p: (len(p[0] + p[1]), -ranks[p])))
    return tokens


@encode_word.misconception(
    "one pass over the ranks",
    "You go through the ranks once, in order. A later merge can bring back a pair whose rank has "
    "gone by; after every merge look at all pairs again.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    for pair in sorted(ranks, key=lambda pair: ranks[pair]):
        tokens = merge(tokens, pair)
    return tokens


@encode_word.misconception(
    "one occurrence of each pair",
    "For each rank you merge one occurrence and go on to the next rank; a round merges every "
    "occurrence of its pair.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    for pair in sorted(ranks, key=lambda pair: ranks[pair]):
        for i in range(len(tokens) - 1):
            if (tokens[i], tokens[i + 1]) == pair:
                tokens[i : i + 2] = [pair[0] + pair[1]]
                break
    return tokens


@encode_word.misconception(
    "one round only",
    "You merge one pair and stop. Go on until no pair of neighbours has a rank: merged tokens "
    "merge again.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    known = [pair for pair in itertools.pairwise(tokens) if pair in ranks]
    return merge(tokens, min(known, key=lambda pair: ranks[pair])) if known else tokens


_RANK_ZERO = encode_word.misconception(
    "rank 0 taken for no rank",
    "`ranks.get(pair)` is false for rank 0, the very first merge, in an `if` as well as before an "
    "`or`. Ask `pair in ranks`, or compare with None.",
)


@_RANK_ZERO
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while len(tokens) > 1:
        pair = min(itertools.pairwise(tokens), key=lambda pair: ranks.get(pair) or math.inf)
        if pair not in ranks:
            break
        tokens = merge(tokens, pair)
    return tokens


@_RANK_ZERO
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while known := [pair for pair in itertools.pairwise(tokens) if ranks.get(pair)]:
        tokens = merge(tokens, min(known, key=lambda pair: ranks[pair]))
    return tokens


@encode_word.misconception(
    "no stop when no pair has a rank",
    "You merge in every round, whether or not a pair has a rank. When none of the pairs is in "
    "`ranks` the word is finished: stop there.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while len(tokens) > 1:
        pair = min(itertools.pairwise(tokens), key=lambda pair: ranks.get(pair, math.inf))
        tokens = merge(tokens, pair)
    return tokens


_UNRANKED = encode_word.misconception(
    "a rank asked for that no pair has",
    "`ranks[pair]` raises KeyError for a pair that was never merged. Look only at pairs that are "
    "in `ranks`, and stop when there are none left.",
)


@_UNRANKED
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while True:
        tokens = merge(tokens, min(itertools.pairwise(tokens), key=lambda pair: ranks[pair]))


@_UNRANKED
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while len(tokens) > 1:
        tokens = merge(tokens, min(itertools.pairwise(tokens), key=lambda pair: ranks[pair]))
    return tokens


@encode_word.misconception(
    "right to left",
    "In a row of equal tokens you merge from the right: a, a, a becomes a, aa. The round goes from "
    "left to right and gives aa, a.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while known := [pair for pair in itertools.pairwise(tokens) if pair in ranks]:
        pair = min(known, key=lambda pair: ranks[pair])
        backwards = merge([token[::-1] for token in tokens[::-1]], (pair[1][::-1], pair[0][::-1]))
        tokens = [token[::-1] for token in backwards[::-1]]
    return tokens


@encode_word.misconception(
    "every ranked pair in one sweep",
    "In one sweep you merge every pair that has a rank, whichever comes first. Only the pair with "
    "the lowest rank is merged in a round.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while any(pair in ranks for pair in itertools.pairwise(tokens)):
        swept = []
        i = 0
        while i < len(tokens):
            step = 2 if tuple(tokens[i : i + 2]) in ranks else 1
            swept.append(b"".join(tokens[i : i + step]))
            i += step
        tokens = swept
    return tokens


@encode_word.misconception(
    "numbers in place of bytes",
    "Going through a `bytes` object gives numbers, and no pair of numbers has a rank. Slice it, "
    "`word[i : i + 1]`, to get bytes.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    return list(word)


@encode_word.misconception(
    "characters in place of bytes",
    "You start from characters. Byte-level BPE starts from single bytes: é is two of them.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = [character.encode() for character in word.decode(errors="replace")]
    while known := [pair for pair in itertools.pairwise(tokens) if pair in ranks]:
        tokens = merge(tokens, min(known, key=lambda pair: ranks[pair]))
    return tokens


@encode_word.misconception(
    "one walk through the dictionary",
    "You walk through the dictionary once and never look at its values. They are the ranks: they "
    "decide, and after every merge all pairs are looked at again.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    for pair in ranks:
        tokens = merge(tokens, pair)
    return tokens


@encode_word.misconception(
    "the pairs looked up once",
    "You list the ranked pairs of the single bytes and merge those. A merged token makes new pairs "
    "with its neighbours: look again after every merge.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    known = {pair for pair in itertools.pairwise(tokens) if pair in ranks}
    for pair in sorted(known, key=lambda pair: ranks[pair]):
        tokens = merge(tokens, pair)
    return tokens


@encode_word.misconception(
    "replaced in joined bytes",
    "You join the tokens with a separator and replace: that also finds the end of one token and "
    "the beginning of another. Compare whole tokens.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    raw = b"\0".join(letters(word))
    while known := [pair for pair in itertools.pairwise(raw.split(b"\0")) if pair in ranks]:
        first, second = min(known, key=lambda pair: ranks[pair])
        raw = raw.replace(first + b"\0" + second, first + second)
    return raw.split(b"\0") if word else []


@encode_word.misconception(
    "an empty token for an empty word",
    "A word of no bytes has no tokens: return an empty list. You return a list that holds b''.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    return encode_word.reference(word, ranks) or [word]


@encode_word.misconception(
    "the last two tokens never merged",
    "Your loop ends when two tokens are left; those two can be a pair with a rank.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while len(tokens) > 2:
        known = [pair for pair in itertools.pairwise(tokens) if pair in ranks]
        if not known:
            break
        tokens = merge(tokens, min(known, key=lambda pair: ranks[pair]))
    return tokens


@encode_word.misconception(
    "merges taken out of the ranks",
    "The tokens are right, but you take used merges out of `ranks`, and it belongs to your caller: "
    "the next word is encoded without them. Leave it as it is.",
)
def _(word: bytes, ranks: Ranks) -> Any:
    tokens = list(letters(word))
    while known := [pair for pair in itertools.pairwise(tokens) if pair in ranks]:
        pair = min(known, key=lambda pair: ranks[pair])
        tokens = merge(tokens, pair)
        del ranks[pair]
    return tokens
