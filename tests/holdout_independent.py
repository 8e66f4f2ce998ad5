"""Wrong answers to lab 02 by somebody who saw the exercises' texts alone, each with its belief.

Neither the bank of misconceptions nor its inputs were known to their author. `first` is the name
that described the answer when the bank was first measured against it: it was given from belief and
code alone, on 22 November 2026, before any diagnosis was seen; None where the bank had none. `now`
is the name that describes it since.

The first measurement, before any change: 88 of 96 were caught. Of the 47 that the bank described
39 were named rightly (recall 83 %); of the 45 that were given a name 39 were given this one
(precision 87 %; of the other six four were told a slip that was true, such as "right, but for a
ValueError", and two something wrong). Then the bank and its inputs were widened for what these
answers showed: later figures say that nothing is lost, and no more what strangers get.
"""
# ruff: noqa: B006, B023, B904, B905, E501, E711, E731, E741, UP028, UP031

from __future__ import annotations

import codecs
import functools
import heapq
import itertools
import math
import re
import unicodedata
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import regex


@dataclass(frozen=True)
class Belief:
    """A wrong answer, what its author believed, and the name that describes it."""

    exercise: str
    function: Callable[..., Any]
    sentence: str
    first: str | None
    now: str | None


BELIEFS: list[Belief] = []


def belief(exercise: str, sentence: str, first: str | None, now: str | None = None) -> Any:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        BELIEFS.append(Belief(exercise, function, sentence, first, now or first))
        return function

    return register


# most_frequent_pair


@belief(
    "most-frequent-pair",
    "most_common(1) already gives the right pair; ties take care of themselves (first seen wins).",
    "ties to the pair seen first",
)
def most_frequent_pair_1(words):
    counts = Counter()
    for word, n in words.items():
        for pair in zip(word, word[1:]):
            counts[pair] += n
    if not counts:
        return None
    return counts.most_common(1)[0][0]


@belief(
    "most-frequent-pair",
    "The first time a pair gets the word's count, every later time it is one more.",
    None,
    "one more for each further word",
)
def most_frequent_pair_2(words):
    counts = {}
    for word in words:
        for i in range(len(word) - 1):
            pair = (word[i], word[i + 1])
            if pair not in counts:
                counts[pair] = words[word]
            else:
                counts[pair] += 1
    best = None
    for pair in counts:
        if best is None or counts[pair] > counts[best]:
            best = pair
        elif counts[pair] == counts[best] and pair > best:
            best = pair
    return best


@belief(
    "most-frequent-pair",
    "A word either has a pair or not, so each distinct pair counts once per word.",
    "each pair once a word",
)
def most_frequent_pair_3(words):
    c = defaultdict(int)
    for w, n in words.items():
        for p in set(zip(w, w[1:])):
            c[p] += n
    return max(c, key=lambda p: (c[p], p), default=None)


@belief(
    "most-frequent-pair",
    "In a run like aaa the occurrences must not overlap, so the pair is counted every second place.",
    "overlaps left out",
)
def most_frequent_pair_4(words):
    table = {}
    for word, times in words.items():
        i = 0
        while i < len(word) - 1:
            pair = word[i], word[i + 1]
            table[pair] = table.get(pair, 0) + times
            # the same letters must not be used twice
            if i + 2 < len(word) and word[i + 2] == word[i] == word[i + 1]:
                i += 2
            else:
                i += 1
    if len(table) == 0:
        return None
    return sorted(table.items(), key=lambda kv: (kv[1], kv[0]))[-1][0]


@belief(
    "most-frequent-pair",
    "The greater pair is the one whose joined bytes are greater.",
    "ties decided on the joined bytes",
)
def most_frequent_pair_5(words):
    counts = Counter()
    for word, n in words.items():
        for a, b in zip(word, word[1:]):
            counts[a, b] += n
    if counts:
        top = max(counts.values())
        return max((p for p in counts if counts[p] == top), key=lambda p: p[0] + p[1])
    return None


@belief(
    "most-frequent-pair",
    "Comparing the pairs as strings (str of the tuple) is the same as comparing the tuples.",
    "ties decided on printed pairs",
)
def most_frequent_pair_6(words):
    counts = Counter()
    for word, n in words.items():
        for a, b in zip(word, word[1:]):
            counts[(a, b)] += n
    ranking = sorted([(n, str(pair), pair) for pair, n in counts.items()], reverse=True)
    return ranking[0][2] if ranking else None


@belief(
    "most-frequent-pair",
    "None is only needed for an empty table; max of no pairs is never asked.",
    "no pair forgotten",
    "None for an empty table only",
)
def most_frequent_pair_7(words):
    if not words:
        return None
    counts = {}
    for word, n in words.items():
        for i in range(len(word) - 1):
            counts[word[i : i + 2]] = counts.get(word[i : i + 2], 0) + n
    return max(counts, key=lambda pair: (counts[pair], pair))


@belief(
    "most-frequent-pair",
    "One can write all words one after the other and count neighbours there.",
    "pairs across words",
)
def most_frequent_pair_8(words):
    text = []
    for word, n in words.items():
        text.extend(list(word) * n)
    counts = Counter(zip(text, text[1:]))
    if not counts:
        return None
    return max(counts.items(), key=lambda item: (item[1], item[0]))[0]


@belief(
    "most-frequent-pair",
    "A pair is any two tokens of the word in order (itertools.combinations).",
    "tokens that are not neighbours",
)
def most_frequent_pair_9(words):
    pairs = Counter()
    for word, n in words.items():
        for pair in itertools.combinations(word, 2):
            pairs[pair] += n
    return max(pairs, key=lambda p: (pairs[p], p)) if pairs else None


@belief(
    "most-frequent-pair",
    "For a tie it is enough to compare the first tokens of the pairs.",
    None,
    "ties decided by the first part alone",
)
def most_frequent_pair_10(words):
    best, best_count = None, 0
    counts = {}
    for word, n in words.items():
        for left, right in zip(word, word[1:]):
            counts[left, right] = counts.get((left, right), 0) + n
            if counts[left, right] > best_count:
                best, best_count = (left, right), counts[left, right]
            elif counts[left, right] == best_count and left > best[0]:
                best = (left, right)
    return best


# merge_pair


@belief(
    "merge-pair", "The direction does not matter, and from the right it is easier.", "right to left"
)
def merge_pair_1(word, pair):
    a, b = pair
    out = []
    i = len(word) - 1
    while i >= 0:
        if i > 0 and word[i - 1] == a and word[i] == b:
            out.insert(0, a + b)
            i -= 2
        else:
            out.insert(0, word[i])
            i -= 1
    return tuple(out)


@belief(
    "merge-pair",
    "index() finds the next occurrence of the pair's first token, and if it is not followed by the second there is nothing more to merge.",
    None,
    "the search ends at a first part without its second",
)
def merge_pair_2(word, pair):
    def rest(tokens):
        if pair[0] not in tokens:
            return tokens
        i = tokens.index(pair[0])
        if tokens[i + 1 : i + 2] != (pair[1],):
            return tokens
        return tokens[:i] + (pair[0] + pair[1],) + rest(tokens[i + 2 :])

    return rest(word)


@belief(
    "merge-pair",
    "The loop over pairs also covers the last token (a last token that is not merged gets lost).",
    "the last token lost",
)
def merge_pair_3(word, pair):
    merged = []
    i = 0
    while i < len(word) - 1:
        if (word[i], word[i + 1]) == pair:
            merged.append(pair[0] + pair[1])
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


@belief("merge-pair", "A list is as good as a tuple.", "a list in place of a tuple")
def merge_pair_4(word, pair):
    result = []
    for token in word:
        if result and result[-1] == pair[0] and token == pair[1]:
            result[-1] = result[-1] + token
        else:
            result.append(token)
    return result


@belief(
    "merge-pair",
    "Joining with spaces and str.replace does the same (but ' n o' also ends 'an', and a token may hold a space).",
    "replaced in text with spaces",
)
def merge_pair_5(word, pair):
    if not word:
        return word
    text = b" ".join(word)
    text = text.replace(b" ".join(pair), b"".join(pair))
    return tuple(text.split(b" "))


@belief(
    "merge-pair",
    "Two neighbours whose concatenation is the new token are the pair.",
    "compared by the joined bytes",
)
def merge_pair_6(word, pair):
    new = pair[0] + pair[1]
    result, i = [], 0
    while i < len(word):
        if i + 1 < len(word) and word[i] + word[i + 1] == new:
            result.append(new)
            i += 2
        else:
            result.append(word[i])
            i += 1
    return tuple(result)


@belief(
    "merge-pair",
    "list.remove(b) removes the b just merged, not the first one in the list.",
    None,
    "`remove` takes another token",
)
def merge_pair_7(word, pair):
    tokens = list(word)
    i = 0
    while i + 1 < len(tokens):
        if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            tokens[i] = pair[0] + pair[1]
            tokens.remove(pair[1])
        i += 1
    return tuple(tokens)


@belief(
    "merge-pair",
    "A regex over NUL-separated tokens finds all occurrences, though neighbouring ones share a separator.",
    None,
    "every second of occurrences side by side",
)
def merge_pair_8(word, pair):
    if not word:
        return ()
    s = b"\0" + b"\0".join(word) + b"\0"
    s = re.sub(
        b"\0" + re.escape(pair[0]) + b"\0" + re.escape(pair[1]) + b"\0",
        lambda m: b"\0" + pair[0] + pair[1] + b"\0",
        s,
    )
    return tuple(s[1:-1].split(b"\0"))


@belief("merge-pair", "Tokens can be compared with `is`.", None, "compared with `is`")
def merge_pair_9(word, pair):
    first, second = pair
    out = []
    skip = False
    for i, token in enumerate(word):
        if skip:
            skip = False
            continue
        if token is first and i < len(word) - 1 and word[i + 1] is second:
            out.append(first + second)
            skip = True
        else:
            out.append(token)
    return tuple(out)


@belief(
    "merge-pair",
    "A token is consumed exactly if the pair starts right before it (forgets that this pair may itself have been skipped: aaaa loses tokens).",
    None,
    "all places marked beforehand",
)
def merge_pair_10(word, pair):
    hit = [p == pair for p in zip(word, word[1:])] + [False]
    return tuple(
        t + word[i + 1] if hit[i] else t for i, t in enumerate(word) if i == 0 or not hit[i - 1]
    )


# encode_word


@belief(
    "encode-word",
    "The dict lists the merges in the order of learning, so one walks through it and never looks at the numbers.",
    "the order of the dictionary",
    "one walk through the dictionary",
)
def encode_word_1(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    for pair in ranks:
        i = 0
        while i < len(tokens) - 1:
            if (tokens[i], tokens[i + 1]) == pair:
                tokens[i : i + 2] = [pair[0] + pair[1]]
            i += 1
    return tokens


@belief(
    "encode-word",
    "Each merge is applied once, at its first place, and is then done.",
    "one occurrence of each pair",
)
def encode_word_2(word, ranks):
    tokens = [bytes([b]) for b in word]
    done = []
    while True:
        best, where = None, None
        for i in range(len(tokens) - 1):
            pair = (tokens[i], tokens[i + 1])
            if pair in ranks and pair not in done and (best is None or ranks[pair] < ranks[best]):
                best, where = pair, i
        if best is None:
            return tokens
        done.append(best)
        tokens = tokens[:where] + [tokens[where] + tokens[where + 1]] + tokens[where + 2 :]


@belief(
    "encode-word",
    "One begins with the characters of the word (é is one token).",
    "characters in place of bytes",
)
def encode_word_3(word, ranks):
    parts = [c.encode() for c in word.decode()]
    while True:
        pairs = [p for p in zip(parts, parts[1:]) if p in ranks]
        if not pairs:
            break
        best = min(pairs, key=lambda p: ranks[p])
        new, i = [], 0
        while i < len(parts):
            if tuple(parts[i : i + 2]) == best:
                new.append(parts[i] + parts[i + 1])
                i += 2
            else:
                new.append(parts[i])
                i += 1
        parts = new
    return parts


@belief(
    "encode-word",
    "A word of at most one byte is its own only token, also the empty one: [b''].",
    None,
    "an empty token for an empty word",
)
def encode_word_4(word, ranks):
    if len(word) < 2:
        return [word]
    tokens = [bytes([b]) for b in word]
    while len(tokens) > 1:
        best = min(zip(tokens, tokens[1:]), key=lambda p: ranks.get(p, math.inf))
        if best not in ranks:
            break
        out = []
        for t in tokens:
            if out and (out[-1], t) == best:
                out[-1] += t
            else:
                out.append(t)
        tokens = out
    return tokens


@belief(
    "encode-word",
    "With two tokens left there is nothing more to choose, so the loop can end (off by one).",
    None,
    "the last two tokens never merged",
)
def encode_word_5(word, ranks):
    tokens = [bytes([b]) for b in word]
    while len(tokens) > 2:
        candidates = [(ranks[p], p) for p in zip(tokens, tokens[1:]) if p in ranks]
        if not candidates:
            return tokens
        _, (a, b) = min(candidates)
        i = 0
        while i < len(tokens) - 1:
            if tokens[i] == a and tokens[i + 1] == b:
                tokens[i] = a + b
                del tokens[i + 1]
            i += 1
    return tokens


@belief(
    "encode-word",
    "The pairs are those of the single bytes; they are looked up once and merged in order of rank.",
    None,
    "the pairs looked up once",
)
def encode_word_6(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    pairs = {p for p in zip(tokens, tokens[1:]) if p in ranks}
    for a, b in sorted(pairs, key=lambda p: ranks[p]):
        new = []
        i = 0
        while i < len(tokens):
            if i + 1 < len(tokens) and tokens[i] == a and tokens[i + 1] == b:
                new.append(a + b)
                i = i + 2
            else:
                new.append(tokens[i])
                i = i + 1
        tokens = new
    return tokens


@belief(
    "encode-word",
    "bytes.replace on the tokens joined with a separator merges exactly this pair (it also hits longer tokens that end in x or begin with y).",
    None,
    "replaced in joined bytes",
)
def encode_word_7(word, ranks):
    if not word:
        return []
    s = b"\0".join(bytes([b]) for b in word)
    while True:
        tokens = s.split(b"\0")
        pairs = [p for p in zip(tokens, tokens[1:]) if p in ranks]
        if not pairs:
            return tokens
        x, y = min(pairs, key=ranks.get)
        s = s.replace(x + b"\0" + y, x + y)


@belief(
    "encode-word",
    "A merge that has been used can be popped from ranks (the caller's dict).",
    None,
    "merges taken out of the ranks",
)
def encode_word_8(word, ranks):
    tokens = [bytes([b]) for b in word]
    while True:
        known = [p for p in zip(tokens, tokens[1:]) if p in ranks]
        if not known:
            return tokens
        best = min(known, key=ranks.get)
        ranks.pop(best)  # this merge is done
        result = []
        while tokens:
            if len(tokens) > 1 and (tokens[0], tokens[1]) == best:
                result.append(tokens.pop(0) + tokens.pop(0))
            else:
                result.append(tokens.pop(0))
        tokens = result


@belief(
    "encode-word",
    "After a merge the left part and the rest can be treated separately by recursion.",
    None,
)
def encode_word_9(word, ranks):
    def cut(tokens):
        pairs = [(ranks[p], i) for i, p in enumerate(zip(tokens, tokens[1:])) if p in ranks]
        if not pairs:
            return tokens
        _, i = min(pairs)
        # left of the merge, and the merge with all that follows
        return cut(tokens[:i]) + cut([tokens[i] + tokens[i + 1]] + tokens[i + 2 :])

    return cut([bytes([b]) for b in word])


@belief("encode-word", "999 is as good as infinity for a lowest rank.", None)
def encode_word_10(word, ranks):
    tokens = []
    for b in word:
        tokens.append(bytes([b]))
    while True:
        lowest = 999
        best = None
        for i in range(len(tokens) - 1):
            pair = (tokens[i], tokens[i + 1])
            if pair in ranks and ranks[pair] < lowest:
                lowest = ranks[pair]
                best = pair
        if best == None:
            break
        i = 0
        while i < len(tokens) - 1:
            if (tokens[i], tokens[i + 1]) == best:
                tokens[i] = tokens[i] + tokens.pop(i + 1)
            i += 1
    return tokens


# split_special


@belief("split-special", "Only | has to be escaped.", "special tokens read as patterns")
def split_special_1(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    escaped = [t.replace("|", "\\|") for t in sorted(special_tokens, key=len, reverse=True)]
    parts = re.split("(" + "|".join(escaped) + ")", text)
    return [(p, p in special_tokens) for p in parts if p]


@belief(
    "split-special", "The regex takes the longer alternative by itself.", "the order of the list"
)
def split_special_2(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    pattern = "|".join(map(re.escape, special_tokens))
    return [(p, p in special_tokens) for p in re.split(f"({pattern})", text) if p != ""]


@belief(
    "split-special",
    "Empty pieces can only appear at the end.",
    "empty pieces kept",
    "empty pieces between special tokens kept",
)
def split_special_3(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    special_tokens = sorted(special_tokens, key=lambda t: -len(t))
    pieces = []
    pos = 0
    for m in re.finditer("|".join(re.escape(t) for t in special_tokens), text):
        pieces.append((text[pos : m.start()], False))
        pieces.append((m.group(), True))
        pos = m.end()
    if pos < len(text):
        pieces.append((text[pos:], False))
    return pieces


@belief(
    "split-special",
    "After re.split every second piece is special, also when the empty ones have been filtered out.",
    None,
    "every second piece marked, empty ones left out before",
)
def split_special_4(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    toks = sorted(special_tokens, key=len)[::-1]
    pieces = [p for p in re.split("(" + "|".join(map(re.escape, toks)) + ")", text) if p]
    return [(p, i % 2 == 1) for i, p in enumerate(pieces)]


@belief(
    "split-special",
    "No special tokens needs no case of its own (the pattern '()' cuts everywhere).",
    "an empty pattern",
)
def split_special_5(text, special_tokens):
    pattern = (
        "(" + "|".join(re.escape(s) for s in sorted(special_tokens, key=len, reverse=True)) + ")"
    )
    return [(piece, piece in special_tokens) for piece in re.split(pattern, text) if piece]


@belief(
    "split-special",
    "A piece of white space only is an empty piece.",
    "white space thrown away",
    "pieces of white space dropped",
)
def split_special_6(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    pattern = "|".join(re.escape(s) for s in sorted(special_tokens, key=len, reverse=True))
    result = []
    for piece in re.split("(%s)" % pattern, text):
        if piece.strip():
            result.append((piece, piece in special_tokens))
    return result


@belief(
    "split-special",
    "The buffer is written out whenever a special token comes (what follows the last one is lost).",
    None,
    "the text after the last special token lost",
)
def split_special_7(text, special_tokens):
    longest_first = sorted(special_tokens, key=len, reverse=True)
    out = []
    buffer = ""
    i = 0
    while i < len(text):
        for token in longest_first:
            if text.startswith(token, i):
                if buffer:
                    out.append((buffer, False))
                    buffer = ""
                out.append((token, True))
                i += len(token)
                break
        else:
            buffer += text[i]
            i += 1
    return out if out else ([(buffer, False)] if buffer else [])


@belief(
    "split-special",
    "Special tokens are whatever looks like <|...|>.",
    None,
    "whatever looks like <|…|>",
)
def split_special_8(text, special_tokens):
    pieces = []
    for piece in re.split(r"(<\|.*?\|>)", text):
        if piece:
            pieces.append((piece, piece.startswith("<|") and piece.endswith("|>")))
    return pieces


@belief(
    "split-special",
    "The minimum of all find() positions is the next special token, and -1 means there is none (of any).",
    None,
    "one missing special token ends the search",
)
def split_special_9(text, special_tokens):
    result = []
    while text:
        found = [(text.find(t), -len(t), t) for t in special_tokens]
        if not found or min(found)[0] == -1:
            result.append((text, False))
            break
        pos, _, token = min(found)
        if pos > 0:
            result.append((text[:pos], False))
        result.append((token, True))
        text = text[pos + len(token) :]
    return result


@belief(
    "split-special",
    "Special tokens side by side form one special piece.",
    "neighbours glued together",
)
def split_special_10(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    one = "|".join(map(re.escape, sorted(special_tokens, key=len, reverse=True)))
    scanner = re.compile(f"(?P<special>(?:{one})+)|(?P<plain>.+?(?=(?:{one})|\\Z))", re.S)
    return [(m.group(), m.lastgroup == "special") for m in scanner.finditer(text)]


# decode


@belief(
    "decode",
    "An unknown id fails anyway (KeyError), so nothing need be done.",
    "KeyError for an unknown id",
)
def decode_1(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


@belief(
    "decode",
    "enumerate's i is the id (the message names the position).",
    "the error does not name the id",
)
def decode_2(ids, vocab):
    data = b""
    for i, id in enumerate(ids):
        if id not in vocab:
            raise ValueError(f"unknown id {i}")
        data += vocab[id]
    return data.decode("utf-8", "replace")


@belief(
    "decode",
    "The ids of a vocabulary are 0 to len-1, so a range check finds the unknown ones.",
    "ids compared with the size of the vocabulary",
)
def decode_3(ids, vocab):
    for i in ids:
        if i < 0 or i >= len(vocab):
            raise ValueError(f"id {i} is not in the vocabulary")
    return b"".join([vocab[i] for i in ids]).decode(errors="replace")


@belief(
    "decode",
    "If the bytes are not valid, the text is one replacement character.",
    None,
    "one U+FFFD for the whole text",
)
def decode_4(ids, vocab):
    data = bytearray()
    for i in ids:
        try:
            data.extend(vocab[i])
        except KeyError:
            raise ValueError("no such id: " + str(i))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "\ufffd"


@belief(
    "decode", "A character spans at most two tokens.", None, "a character in two tokens at most"
)
def decode_5(ids, vocab):
    for i in ids:
        if i not in vocab:
            raise ValueError(f"id {i}?")
    text = ""
    k = 0
    while k < len(ids):
        token = vocab[ids[k]]
        try:
            text += token.decode()
        except UnicodeDecodeError:
            try:
                text += (token + vocab[ids[k + 1]]).decode()
                k += 1
            except (UnicodeDecodeError, IndexError):
                text += token.decode(errors="replace")
        k += 1
    return text


@belief(
    "decode",
    "There is only one invalid place in a text: before + U+FFFD + after.",
    None,
    "one bad place only",
)
def decode_6(ids, vocab):
    missing = [i for i in ids if i not in vocab]
    if missing:
        raise ValueError(f"unknown: {missing[0]}")
    data = b"".join(map(vocab.get, ids))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        return data[: e.start].decode() + "\N{REPLACEMENT CHARACTER}" + data[e.end :].decode()


@belief(
    "decode",
    "utf-8-sig is the more robust UTF-8 (drops a BOM at the start).",
    None,
    "the mark at the start dropped",
)
def decode_7(ids, vocab):
    try:
        return codecs.decode(b"".join(vocab[i] for i in ids), "utf-8-sig", "replace")
    except KeyError as error:
        raise ValueError(f"unknown id {error}") from None


@belief(
    "decode",
    "'Comes back whole' means composing e and accent by normalising to NFC.",
    None,
    "accents composed",
)
def decode_8(ids, vocab):
    chunks = []
    for i in ids:
        if vocab.get(i) is None:
            raise ValueError(f"unknown id: {i}")
        chunks.append(vocab[i])
    text = b"".join(chunks).decode("utf-8", errors="replace")
    return unicodedata.normalize("NFC", text)


@belief(
    "decode", "For no ids nothing need be returned (None instead of '').", None, "nothing returned"
)
def decode_9(ids, vocab):
    data = b""
    for n in ids:
        if n in vocab:
            data = data + vocab[n]
        else:
            raise ValueError("The id %d is unknown" % n)
    if data:
        return str(data, "utf-8", "replace")


@belief(
    "decode",
    "Bytes that do not decode yet are waited on, and what is left at the end is one U+FFFD.",
    None,
    "bad bytes waited upon to the end",
)
def decode_10(ids, vocab):
    out, rest = [], b""
    for i in ids:
        if i not in vocab:
            raise ValueError(f"{i} is not in the vocabulary")
        rest += vocab[i]
        try:
            out.append(rest.decode())
            rest = b""
        except UnicodeDecodeError:
            continue  # wait for the other bytes of the character
    if rest:
        out.append("�")
    return "".join(out)


# viterbi


@belief(
    "viterbi",
    "The best cut has the greatest mean log-probability per piece.",
    "the average in place of the total",
)
def viterbi_1(text, logp):
    if not text:
        return []
    n = len(text)
    # best[i][k]: the best cut of the first i characters into k pieces
    best = [{} for _ in range(n + 1)]
    best[0][0] = (0.0, [])
    for i in range(1, n + 1):
        for j in range(i):
            p = text[j:i]
            if p in logp:
                for k, (s, pieces) in best[j].items():
                    if k + 1 not in best[i] or s + logp[p] > best[i][k + 1][0]:
                        best[i][k + 1] = (s + logp[p], pieces + [p])
    if not best[n]:
        raise ValueError("cannot be cut")
    return max(best[n].values(), key=lambda sp: sp[0] / len(sp[1]))[1]


@belief(
    "viterbi",
    "Multiplying probabilities is the same as adding logarithms (underflow becomes 'cannot be cut').",
    None,
    "probabilities multiplied until they vanish",
)
def viterbi_2(text, logp):
    prob = {p: math.exp(l) for p, l in logp.items()}
    best = [0.0] * (len(text) + 1)
    back = [0] * (len(text) + 1)
    best[0] = 1.0
    for end in range(1, len(text) + 1):
        for start in range(end):
            p = best[start] * prob.get(text[start:end], 0.0)
            if p > best[end]:
                best[end] = p
                back[end] = start
    if best[-1] == 0:
        raise ValueError(f"no segmentation of {text!r}")
    pieces = []
    end = len(text)
    while end > 0:
        pieces.append(text[back[end] : end])
        end = back[end]
    return pieces[::-1]


@belief(
    "viterbi",
    "If no piece ends at some place, the text cannot be cut.",
    None,
    "a place that no piece reaches taken for the end",
)
def viterbi_3(text, logp):
    best = [(0.0, [])]
    for i in range(1, len(text) + 1):
        options = []
        for j in range(i):
            if text[j:i] in logp:
                score, pieces = best[j]
                options.append((score + logp[text[j:i]], pieces + [text[j:i]]))
        if not options:
            raise ValueError("no piece ends at " + str(i))
        best.append(max(options))
    return best[-1][1]


@belief(
    "viterbi",
    "`if lp` tests whether the piece is known (a log-probability of 0 counts as unknown).",
    "a log-probability of 0 taken for no piece",
)
def viterbi_4(text, logp):
    n = len(text)
    score = [-math.inf] * n + [0.0]
    step = [None] * (n + 1)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n + 1):
            lp = logp.get(text[i:j])
            if lp and lp + score[j] > score[i]:
                score[i] = lp + score[j]
                step[i] = j
    if score[0] == -math.inf:
        raise ValueError(text)
    out, i = [], 0
    while i < n:
        out.append(text[i : step[i]])
        i = step[i]
    return out


@belief("viterbi", "A default argument memo={} is new for every call.", None)
def viterbi_5(text, logp, memo={}):
    def solve(rest):
        if rest == "":
            return 0.0, []
        if rest not in memo:
            memo[rest] = (-math.inf, None)
            for k in range(1, len(rest) + 1):
                if rest[:k] in logp:
                    s, tail = solve(rest[k:])
                    if tail is not None and s + logp[rest[:k]] > memo[rest][0]:
                        memo[rest] = (s + logp[rest[:k]], [rest[:k]] + tail)
        return memo[rest]

    pieces = solve(text)[1]
    if pieces is None:
        raise ValueError("impossible")
    return list(pieces)


@belief(
    "viterbi",
    "If the whole (rest of the) text is a piece, that is the best.",
    None,
    "the rest in one piece where it is one",
)
def viterbi_6(text, logp):
    @functools.lru_cache(None)
    def best(s):
        if not s:
            return 0.0, ()
        if s in logp:
            return logp[s], (s,)
        ways = []
        for k in range(1, len(s)):
            if s[:k] in logp:
                rest = best(s[k:])
                if rest:
                    ways.append((logp[s[:k]] + rest[0], (s[:k],) + rest[1]))
        return max(ways) if ways else None

    answer = best(text)
    if answer is None:
        raise ValueError("the text cannot be cut")
    return list(answer[1])


@belief(
    "viterbi",
    "Take from the left the piece with the best log-probability per character.",
    None,
    "the likeliest piece for its length at each step",
)
def viterbi_7(text, logp):
    pieces = []
    i = 0
    while i < len(text):
        options = [text[i:j] for j in range(i + 1, len(text) + 1) if text[i:j] in logp]
        if not options:
            raise ValueError(f"stuck at {i}")
        piece = max(options, key=lambda p: logp[p] / len(p))  # the best value per character
        pieces.append(piece)
        i += len(piece)
    return pieces


@belief(
    "viterbi",
    "Begin with characters and merge neighbours as long as the sum improves.",
    None,
    "neighbours merged as long as the total grows",
)
def viterbi_8(text, logp):
    pieces = list(text)
    value = lambda p: logp.get(p, -1e6)
    while True:
        gains = [
            (value(a + b) - value(a) - value(b), i)
            for i, (a, b) in enumerate(zip(pieces, pieces[1:]))
            if a + b in logp
        ]
        if not gains or max(gains)[0] <= 0:
            break
        i = max(gains)[1]
        pieces[i : i + 2] = [pieces[i] + pieces[i + 1]]
    if any(p not in logp for p in pieces):
        raise ValueError("not in the vocabulary")
    return pieces


@belief(
    "viterbi",
    "An unknown character becomes a piece of its own with a penalty, so nothing is uncuttable.",
    "unknown characters as pieces of their own",
)
def viterbi_9(text, logp):
    unknown = min(logp.values(), default=0.0) - 10
    best = {0: (0.0, None)}
    for i in range(1, len(text) + 1):
        best[i] = (best[i - 1][0] + logp.get(text[i - 1], unknown), i - 1)
        for j in range(i - 1):
            if text[j:i] in logp and best[j][0] + logp[text[j:i]] > best[i][0]:
                best[i] = (best[j][0] + logp[text[j:i]], j)
    if len(text) not in best:
        raise ValueError("cannot cut the text")
    cuts = []
    i = len(text)
    while i:
        cuts.insert(0, text[best[i][1] : i])
        i = best[i][1]
    return cuts


@belief("viterbi", "No piece is longer than ten characters.", None)
def viterbi_10(text, logp):
    NEG = float("-inf")
    best = [0.0] + [NEG] * len(text)
    prev = [-1] * (len(text) + 1)
    for i in range(len(text)):
        for length in range(1, 11):
            j = i + length
            if j <= len(text) and text[i:j] in logp:
                if best[i] + logp[text[i:j]] > best[j]:
                    best[j] = best[i] + logp[text[i:j]]
                    prev[j] = i
    if best[len(text)] == NEG:
        raise ValueError("no way")
    result = deque()
    j = len(text)
    while j > 0:
        result.appendleft(text[prev[j] : j])
        j = prev[j]
    return list(result)


# train_bpe


@belief(
    "train-bpe",
    "A heap of (-count, pair) also breaks ties rightly (takes the smaller pair).",
    "ties to the smaller pair",
)
def train_bpe_1(words, n_merges):
    seqs = [[bytes([b]) for b in w] for w in words]
    freq = list(words.values())
    counts = Counter()
    where = defaultdict(set)
    for k, seq in enumerate(seqs):
        for p in zip(seq, seq[1:]):
            counts[p] += freq[k]
            where[p].add(k)
    heap = [(-c, p) for p, c in counts.items()]
    heapq.heapify(heap)
    merges = []
    while heap and len(merges) < n_merges:
        c, pair = heapq.heappop(heap)
        if counts[pair] != -c or c == 0:
            continue
        merges.append(pair)
        changed = set()
        for k in list(where[pair]):
            old = seqs[k]
            for p in zip(old, old[1:]):
                counts[p] -= freq[k]
                changed.add(p)
            new = []
            for t in old:
                if new and (new[-1], t) == pair:
                    new[-1] += t
                else:
                    new.append(t)
            seqs[k] = new
            for p in zip(new, new[1:]):
                counts[p] += freq[k]
                where[p].add(k)
                changed.add(p)
        for p in changed:
            if counts[p] > 0:
                heapq.heappush(heap, (-counts[p], p))
    return merges


@belief(
    "train-bpe",
    "Only new pairs need pushing; an old entry's count in the heap may be used although it has shrunk.",
    None,
    "old entries in the heap believed",
)
def train_bpe_2(words, n_merges):
    def key(pair):  # the greater pair comes first out of the heap
        return tuple(tuple(255 - b for b in t) + (256,) for t in pair)

    seqs = {w: [bytes([b]) for b in w] for w in words}
    counts = defaultdict(int)
    where = defaultdict(set)
    for w, seq in seqs.items():
        for p in zip(seq, seq[1:]):
            counts[p] += words[w]
            where[p].add(w)
    heap = [(-n, key(p), p) for p, n in counts.items()]
    heapq.heapify(heap)
    merges = []
    while len(merges) < n_merges and heap:
        _, _, pair = heapq.heappop(heap)
        if counts[pair] <= 0:
            continue
        merges.append(pair)
        grown = set()
        for w in where.pop(pair):
            seq = seqs[w]
            for p in zip(seq, seq[1:]):
                counts[p] -= words[w]
            new, i = [], 0
            while i < len(seq):
                if tuple(seq[i : i + 2]) == pair:
                    new.append(seq[i] + seq[i + 1])
                    i += 2
                else:
                    new.append(seq[i])
                    i += 1
            seqs[w] = new
            for p in zip(new, new[1:]):
                counts[p] += words[w]
                where[p].add(w)
                if pair[0] + pair[1] in p:
                    grown.add(p)
        for p in grown:
            heapq.heappush(heap, (-counts[p], key(p), p))
    return merges


@belief(
    "train-bpe",
    "The loop ends when the table is empty (pairs with count 0 stay in it and are 'learned').",
    None,
    "pairs that are gone still chosen",
)
def train_bpe_3(words, n_merges):
    table = [([bytes([b]) for b in w], n) for w, n in words.items()]
    counts, index = {}, {}
    for k, (tokens, n) in enumerate(table):
        for p in zip(tokens, tokens[1:]):
            counts[p] = counts.get(p, 0) + n
            index.setdefault(p, set()).add(k)
    merges = []
    for _ in range(n_merges):
        if not counts:
            break
        best = max(counts, key=lambda p: (counts[p], p))
        merges.append(best)
        for k in list(index[best]):
            tokens, n = table[k]
            for p in zip(tokens, tokens[1:]):
                counts[p] -= n
            new = []
            for t in tokens:
                if new and new[-1] == best[0] and t == best[1]:
                    new[-1] = best[0] + best[1]
                else:
                    new.append(t)
            for p in zip(new, new[1:]):
                counts[p] = counts.get(p, 0) + n
                index.setdefault(p, set()).add(k)
            table[k] = (new, n)
    return merges


@belief("train-bpe", "Pairs that occur only once are not merged.", "pairs that occur once left out")
def train_bpe_4(words, n_merges):
    splits = {w: tuple(bytes([b]) for b in w) for w in words}
    counts, users = Counter(), defaultdict(set)
    for w, s in splits.items():
        for p in zip(s, s[1:]):
            counts[p] += words[w]
            users[p].add(w)
    merges = []
    while len(merges) < n_merges and counts:
        best = max(counts, key=lambda p: (counts[p], p))
        if counts[best] < 2:
            break  # a pair that occurs once teaches nothing
        merges.append(best)
        for w in list(users[best]):
            s = splits[w]
            for p in zip(s, s[1:]):
                counts[p] -= words[w]
                if counts[p] == 0:
                    del counts[p]
                users[p].discard(w)
            t, i = [], 0
            while i < len(s):
                step = 2 if s[i : i + 2] == best else 1
                t.append(b"".join(s[i : i + step]))
                i += step
            splits[w] = tuple(t)
            for p in zip(t, t[1:]):
                counts[p] += words[w]
                users[p].add(w)
    return merges


@belief(
    "train-bpe",
    "The neighbours of a merge are those in the old word, also where two merges touch (abab).",
    None,
)
def train_bpe_5(words, n_merges):
    seqs = [[bytes([b]) for b in w] for w in words]
    freqs = list(words.values())
    counts = Counter()
    for seq, f in zip(seqs, freqs):
        for p in zip(seq, seq[1:]):
            counts[p] += f
    merges = []
    while len(merges) < n_merges:
        alive = [p for p in counts if counts[p] > 0]
        if not alive:
            break
        a, b = max(alive, key=lambda p: (counts[p], p))
        merges.append((a, b))
        for k, (seq, f) in enumerate(zip(seqs, freqs)):
            if a not in seq:
                continue
            new, i = [], 0
            while i < len(seq):
                if seq[i] == a and i + 1 < len(seq) and seq[i + 1] == b:
                    counts[a, b] -= f
                    if i > 0:
                        counts[seq[i - 1], a] -= f
                        counts[seq[i - 1], a + b] += f
                    if i + 2 < len(seq):
                        counts[b, seq[i + 2]] -= f
                        counts[a + b, seq[i + 2]] += f
                    new.append(a + b)
                    i += 2
                else:
                    new.append(seq[i])
                    i += 1
            seqs[k] = new
        counts.pop((a, b), None)
    return merges


@belief(
    "train-bpe",
    "The index from pairs to words, built once, is enough; new pairs need no entry.",
    None,
    "new pairs missing from the index",
)
def train_bpe_6(words, n_merges):
    seqs = {w: [w[i : i + 1] for i in range(len(w))] for w in words}
    counts = defaultdict(int)
    where = defaultdict(list)
    for w in words:
        for p in zip(seqs[w], seqs[w][1:]):
            counts[p] += words[w]
            if w not in where[p]:
                where[p].append(w)
    merges = []
    for _ in range(n_merges):
        best = max((p for p in counts if counts[p] > 0), key=lambda p: (counts[p], p), default=None)
        if best is None:
            break
        merges.append(best)
        for w in where[best]:
            for p in zip(seqs[w], seqs[w][1:]):
                counts[p] -= words[w]
            i = 0
            while i < len(seqs[w]) - 1:
                if (seqs[w][i], seqs[w][i + 1]) == best:
                    seqs[w][i : i + 2] = [best[0] + best[1]]
                i += 1
            for p in zip(seqs[w], seqs[w][1:]):
                counts[p] += words[w]
        counts.pop(best, None)
    return merges


# encode_stream


@belief(
    "encode-stream",
    "If the text so far ends in white space, all its pieces are finished.",
    "too little held back",
    "white space taken for an end",
)
def encode_stream_1(chunks, pattern, encode_piece):
    # a piece can begin in one chunk and end in the next: keep the previous chunk's last piece
    carry = ""
    for chunk in chunks:
        text = carry + chunk
        carry = ""
        pieces = regex.findall(pattern, text)
        if pieces and not text[-1].isspace():
            carry = pieces.pop()  # an unfinished word; after a space all is finished
        for piece in pieces:
            yield from encode_piece(piece)
    if carry:
        yield from encode_piece(carry)


@belief(
    "encode-stream",
    "Being a generator makes it lazy, even if all chunks are joined first.",
    "everything joined first",
)
def encode_stream_2(chunks, pattern, encode_piece):
    text = "".join(chunks)
    for match in regex.finditer(pattern, text):
        for i in encode_piece(match.group()):
            yield i


@belief("encode-stream", "One can always cut before the last space.", "cut at the last space")
def encode_stream_3(chunks, pattern, encode_piece):
    buffer = ""
    for chunk in chunks:
        buffer += chunk
        cut = buffer.rfind(" ")
        if cut > 0:
            for m in regex.finditer(pattern, buffer[:cut]):
                yield from encode_piece(m.group())
            buffer = buffer[cut:]
    for m in regex.finditer(pattern, buffer):
        yield from encode_piece(m.group())


@belief(
    "encode-stream",
    "Keeping back the string of the last match is enough (text between matches is lost, and an earlier piece may still change: ' then ll).",
    "too little held back",
)
def encode_stream_4(chunks, pattern, encode_piece):
    buffer = ""
    for chunk in chunks:
        pieces = regex.findall(pattern, buffer + chunk)
        if not pieces:
            buffer += chunk
            continue
        buffer = pieces.pop()
        for piece in pieces:
            yield from encode_piece(piece)
    yield from (i for piece in regex.findall(pattern, buffer) for i in encode_piece(piece))


@belief(
    "encode-stream",
    "An empty chunk is the end of the stream, as with file.read().",
    None,
    "an empty chunk taken for the end",
)
def encode_stream_5(chunks, pattern, encode_piece):
    compiled = regex.compile(pattern)
    stream = iter(chunks)
    buffer = ""
    while True:
        chunk = next(stream, "")
        if not chunk:
            break
        buffer += chunk
        matches = list(compiled.finditer(buffer))
        if len(matches) > 3:
            for m in matches[:-3]:
                yield from encode_piece(m.group())
            buffer = buffer[matches[-3].start() :]
    for m in compiled.finditer(buffer):
        yield from encode_piece(m.group())


@belief(
    "encode-stream", "A piece lies in at most two chunks.", None, "a piece in two chunks at most"
)
def encode_stream_6(chunks, pattern, encode_piece):
    previous = None
    for chunk in chunks:
        if previous is None:
            previous = chunk
            continue
        # look at two chunks together, then what starts in the first is certain
        rest = 0
        for m in regex.finditer(pattern, previous + chunk):
            if m.start() >= len(previous):
                break
            yield from encode_piece(m.group())
            rest = m.end()
        previous = (previous + chunk)[max(rest, len(previous)) :]
    for m in regex.finditer(pattern, previous or ""):
        yield from encode_piece(m.group())


# best_wordpiece_pair


@belief("best-wordpiece-pair", "x / a * b is x / (a * b).", "divided by f(a), times f(b)")
def best_wordpiece_pair_1(words):
    f, ff = Counter(), Counter()
    for word, n in words.items():
        for t in word:
            f[t] += n
        for p in zip(word, word[1:]):
            ff[p] += n
    return max(ff, key=lambda p: (ff[p] / f[p[0]] * f[p[1]], p), default=None)


@belief(
    "best-wordpiece-pair",
    "Words of one token have no pairs and can be skipped altogether.",
    None,
    "words of one token left out",
)
def best_wordpiece_pair_2(words):
    tokens = {}
    pairs = {}
    for word, n in words.items():
        if len(word) < 2:
            continue  # no pair in it
        for token in word:
            tokens[token] = tokens.get(token, 0) + n
        for i in range(len(word) - 1):
            pair = (word[i], word[i + 1])
            pairs[pair] = pairs.get(pair, 0) + n
    best = None
    best_score = -1
    for (a, b), n in pairs.items():
        score = n / (tokens[a] * tokens[b])
        if score > best_score or (score == best_score and (a, b) > best):
            best, best_score = (a, b), score
    return best


@belief(
    "best-wordpiece-pair",
    "f(a) is how often a is the left and f(b) how often b is the right part of a pair.",
    None,
    "only left parts and only right parts",
)
def best_wordpiece_pair_3(words):
    pairs = Counter()
    for w, n in words.items():
        for p in zip(w, w[1:]):
            pairs[p] += n
    left, right = Counter(), Counter()
    for (a, b), n in pairs.items():
        left[a] += n
        right[b] += n
    if not pairs:
        return None
    return max(pairs, key=lambda p: (pairs[p] / (left[p[0]] * right[p[1]]), p))


@belief(
    "best-wordpiece-pair",
    "Dividing twice is the same as dividing by the product (floats break exact ties).",
    None,
    "divided twice",
)
def best_wordpiece_pair_4(words):
    f = Counter()
    for word, n in words.items():
        f.update({t: n * word.count(t) for t in set(word)})
        for p in zip(word, word[1:]):
            f[p] += n
    scored = [(f[p] / f[p[0]] / f[p[1]], p) for p in f if isinstance(p, tuple)]
    return max(scored)[1] if scored else None


@belief(
    "best-wordpiece-pair",
    "f(a) counts the token in the table's words, without the words' counts.",
    None,
    "tokens counted without the counts of words",
)
def best_wordpiece_pair_5(words):
    single = Counter(t for word in words for t in word)
    double = Counter()
    for word, n in words.items():
        for i in range(1, len(word)):
            double[word[i - 1], word[i]] += n
    if not double:
        return None
    score = {(a, b): n / (single[a] * single[b]) for (a, b), n in double.items()}
    top = max(score.values())
    return max(p for p, s in score.items() if s == top)


@belief(
    "best-wordpiece-pair",
    "Going through the sorted pairs with > settles ties (in favour of the smaller).",
    "ties to the smaller pair",
)
def best_wordpiece_pair_6(words):
    f, g = defaultdict(int), defaultdict(int)
    for word, n in words.items():
        for i, t in enumerate(word):
            f[t] += n
            if i:
                g[word[i - 1], t] += n
    best, top = None, 0.0
    for pair in sorted(g):
        if g[pair] / (f[pair[0]] * f[pair[1]]) > top:
            best, top = pair, g[pair] / (f[pair[0]] * f[pair[1]])
    return best


# wordpiece_encode


@belief(
    "wordpiece-encode",
    "What was found stays, only the missing rest becomes unk.",
    "the pieces found so far kept",
)
def wordpiece_encode_1(word, vocab, unk="[UNK]"):
    pieces = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocab:
                pieces.append(piece)
                start = end
                break
        else:
            pieces.append(unk)
            break
    return pieces


@belief(
    "wordpiece-encode",
    "If the longest piece leads nowhere, a shorter one is tried.",
    "looking for another way",
)
def wordpiece_encode_2(word, vocab, unk="[UNK]"):
    def cut(rest, prefix):
        if not rest:
            return []
        for end in range(len(rest), 0, -1):
            if prefix + rest[:end] in vocab:
                tail = cut(rest[end:], "##")
                if tail is not None:
                    return [prefix + rest[:end]] + tail
        return None

    result = cut(word, "")
    return [unk] if result is None else result


@belief(
    "wordpiece-encode",
    "str.lstrip(piece) removes the piece from the front.",
    None,
    "`lstrip` in place of a slice",
)
def wordpiece_encode_3(word, vocab, unk="[UNK]"):
    pieces, prefix = [], ""
    while word:
        end = len(word)
        while end > 0 and prefix + word[:end] not in vocab:
            end -= 1
        if end == 0:
            return [unk]
        pieces.append(prefix + word[:end])
        word = word.lstrip(word[:end])
        prefix = "##"
    return pieces


@belief(
    "wordpiece-encode",
    "A piece may stand in the vocabulary with or without ##, wherever it is in the word.",
    None,
    "with or without ##, wherever it stands",
)
def wordpiece_encode_4(word, vocab, unk="[UNK]"):
    result = []
    i = 0
    while i < len(word):
        j = len(word)
        found = None
        while j > i and found is None:
            for candidate in (word[i:j], "##" + word[i:j]):
                if candidate in vocab:
                    found = candidate
                    break
            j -= 1
        if found is None:
            return [unk]
        result.append(found)
        i = j + 1
    return result


@belief(
    "wordpiece-encode",
    "The shortest piece has two characters (off by one in the inner loop).",
    None,
    "pieces of one character never tried",
)
def wordpiece_encode_5(word, vocab, unk="[UNK]"):
    tokens, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start + 1:
            piece = word[start:end] if start == 0 else "##" + word[start:end]
            if piece in vocab:
                break
            end -= 1
        else:
            return [unk]
        tokens.append(piece)
        start = end
    return tokens


@belief(
    "wordpiece-encode",
    "BERT lower-cases words, and the unknown token is always '[UNK]'.",
    "[UNK] whatever was asked for",
)
def wordpiece_encode_6(word, vocab, unk="[UNK]"):
    word = word.lower()
    out = []
    while word:
        mark = "##" * bool(out)
        best = max(
            (word[:k] for k in range(1, len(word) + 1) if mark + word[:k] in vocab),
            key=len,
            default=None,
        )
        if best is None:
            return ["[UNK]"]
        out.append(mark + best)
        word = word[len(best) :]
    return out


# em_step


@belief(
    "em-step", "The expected counts are the counts in the best cut.", "the best segmentation only"
)
def em_step_1(words, logp):
    counts = Counter()
    for word, n in words.items():
        best = [(0.0, [])] + [(-math.inf, None)] * len(word)
        for i in range(1, len(word) + 1):
            for j in range(i):
                p = word[j:i]
                if p in logp and best[j][0] + logp[p] > best[i][0]:
                    best[i] = (best[j][0] + logp[p], best[j][1] + [p])
        for p in best[-1][1] or []:
            counts[p] += n
    total = sum(counts.values())
    return {p: math.log(c / total) for p, c in counts.items()}


@belief(
    "em-step",
    "forward * p * backward is already the expected count (not divided by the word's total).",
    "not divided by the word's probability",
)
def em_step_2(words, logp):
    expected = defaultdict(float)
    for word, n in words.items():
        L = len(word)
        fwd = [1.0] + [0.0] * L
        bwd = [0.0] * L + [1.0]
        for j in range(1, L + 1):
            fwd[j] = sum(fwd[i] * math.exp(logp[word[i:j]]) for i in range(j) if word[i:j] in logp)
        for i in range(L - 1, -1, -1):
            bwd[i] = sum(
                math.exp(logp[word[i:j]]) * bwd[j] for j in range(i + 1, L + 1) if word[i:j] in logp
            )
        for i in range(L):
            for j in range(i + 1, L + 1):
                if word[i:j] in logp:
                    expected[word[i:j]] += n * fwd[i] * math.exp(logp[word[i:j]]) * bwd[j]
    total = sum(expected.values())
    return {p: math.log(c / total) for p, c in expected.items() if c > 0}


@belief(
    "em-step",
    "The expectation is the probability that a cut contains the piece (twice counts once).",
    "a repeated piece counted once",
)
def em_step_3(words, logp):
    def ways(s):
        if not s:
            yield ()
        for k in range(1, len(s) + 1):
            if s[:k] in logp:
                for rest in ways(s[k:]):
                    yield (s[:k],) + rest

    expected = Counter()
    for word, n in words.items():
        cuts = [(cut, math.exp(sum(logp[p] for p in cut))) for cut in ways(word)]
        z = sum(w for _, w in cuts)
        for piece in logp:
            uses = sum(w for cut, w in cuts if piece in cut)
            if uses:
                expected[piece] += n * uses / z
    total = sum(expected.values())
    return {p: math.log(c / total) for p, c in expected.items()}


@belief(
    "em-step",
    "A piece that was not used keeps its old log-probability.",
    "unused pieces keep their old value",
)
def em_step_4(words, logp):
    new = {p: 0.0 for p in logp}
    for word, n in words.items():
        L = len(word)
        alpha, beta = [1.0] + [0.0] * L, [0.0] * L + [1.0]
        spans = [
            (i, j, math.exp(logp[word[i:j]]))
            for i in range(L)
            for j in range(i + 1, L + 1)
            if word[i:j] in logp
        ]
        for i, j, p in spans:
            alpha[j] += alpha[i] * p
        for i, j, p in reversed(spans):
            beta[i] += p * beta[j]
        if alpha[L] == 0:
            continue
        for i, j, p in spans:
            new[word[i:j]] += n * alpha[i] * p * beta[j] / alpha[L]
    total = sum(new.values())
    return {p: math.log(c / total) if c > 0 else logp[p] for p, c in new.items()}


@belief(
    "em-step",
    "The share is taken in each word and then averaged over the words.",
    None,
    "shares averaged over the words",
)
def em_step_5(words, logp):
    share = defaultdict(float)
    n_words = sum(words.values())
    for word, n in words.items():
        L = len(word)
        a, b = [0.0] * (L + 1), [0.0] * (L + 1)
        a[0] = b[L] = 1.0
        for j in range(1, L + 1):
            for i in range(j):
                a[j] += a[i] * math.exp(logp.get(word[i:j], -math.inf))
        for i in range(L - 1, -1, -1):
            for j in range(i + 1, L + 1):
                b[i] += b[j] * math.exp(logp.get(word[i:j], -math.inf))
        mine = Counter()
        for i in range(L):
            for j in range(i + 1, L + 1):
                if word[i:j] in logp:
                    mine[word[i:j]] += a[i] * math.exp(logp[word[i:j]]) * b[j]
        total = sum(mine.values())
        for piece, x in mine.items():
            if x > 0:
                share[piece] += n * x / total  # the share of the piece in this word
    return {piece: math.log(x / n_words) for piece, x in share.items()}


@belief("em-step", "A piece expected less than about half a time is a piece never used.", None)
def em_step_6(words, logp):
    get = lambda s: math.exp(logp[s]) if s in logp else 0.0
    counts = Counter()
    for w, n in words.items():
        size = len(w)
        f = [1.0]
        for j in range(1, size + 1):
            f.append(sum(f[i] * get(w[i:j]) for i in range(j)))
        r = [1.0]
        for i in range(size - 1, -1, -1):
            r.insert(0, sum(get(w[i:j]) * r[j - i - 1] for j in range(i + 1, size + 1)))
        for i in range(size):
            for j in range(i + 1, size + 1):
                counts[w[i:j]] += n * f[i] * get(w[i:j]) * r[j] / f[size]
    counts = {p: c for p, c in counts.items() if round(c) > 0}  # used less than once: never
    total = sum(counts.values())
    return {p: math.log(c) - math.log(total) for p, c in counts.items()}


# tokenizer_report


@belief(
    "tokenizer-report",
    "Totals for the words, but bytes per token as the mean over the texts.",
    "means of means",
    "the mean of each text's bytes per token",
)
def tokenizer_report_1(encode, texts):
    n_tokens = 0
    n_words = 0
    rates = []
    for text in texts:
        ids = encode(text)
        n_tokens += len(ids)
        n_words += len(text.split())
        rates.append(len(text.encode("utf-8")) / len(ids))
    return {
        "bytes_per_token": sum(rates) / len(rates),
        "tokens_per_word": n_tokens / n_words,
        "n_tokens": n_tokens,
    }


@belief("tokenizer-report", "split(' ') is the same as split().", "split at single spaces")
def tokenizer_report_2(encode, texts):
    tokens = sum(len(encode(t)) for t in texts)
    size = sum(len(t.encode()) for t in texts)
    words = sum(len(t.split(" ")) for t in texts)
    return {"bytes_per_token": size / tokens, "tokens_per_word": tokens / words, "n_tokens": tokens}


@belief(
    "tokenizer-report",
    "All texts can be joined with newlines and encoded at once.",
    "all texts joined",
    "all texts joined by line ends",
)
def tokenizer_report_3(encode, texts):
    everything = "\n".join(texts)
    n = len(encode(everything))
    return dict(
        bytes_per_token=len(everything.encode("utf-8")) / n,
        tokens_per_word=n / len(everything.split()),
        n_tokens=n,
    )


@belief(
    "tokenizer-report",
    "Encoding word by word counts the same tokens as encoding the text.",
    None,
    "encoded word by word",
)
def tokenizer_report_4(encode, texts):
    n_bytes = n_tokens = n_words = 0
    for text in texts:
        n_bytes += len(bytes(text, "utf8"))
        for word in text.split():
            n_words += 1
            n_tokens += len(encode(word))
    return {
        "bytes_per_token": n_bytes / n_tokens,
        "tokens_per_word": n_tokens / n_words,
        "n_tokens": n_tokens,
    }


@belief("tokenizer-report", "A report shows one decimal place.", None, "figures rounded")
def tokenizer_report_5(encode, texts):
    t = sum(len(encode(x)) for x in texts)
    return {
        "bytes_per_token": round(sum(len(x.encode()) for x in texts) / t, 1),
        "tokens_per_word": round(t / sum(len(x.split()) for x in texts), 1),
        "n_tokens": t,
    }


@belief(
    "tokenizer-report",
    "n_tokens is how many different tokens were used.",
    "different tokens counted",
    "n_tokens counts different tokens",
)
def tokenizer_report_6(encode, texts):
    ids = []
    for text in texts:
        ids += encode(text)
    data = "".join(texts).encode()
    words = [w for text in texts for w in text.split()]
    return {
        "bytes_per_token": len(data) / len(ids),
        "tokens_per_word": len(ids) / len(words),
        "n_tokens": len(set(ids)),
    }
