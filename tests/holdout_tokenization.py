"""Wrong answers to lab 02, written from the exercises' text alone, to judge the diagnosis by.

Each names the misconception that a teacher would name, or None where the bank holds none. They are
written as people write, in other ways than the bank. Never used to build the bank.
"""

from __future__ import annotations

import collections
import functools
import math
import re
from collections.abc import Callable
from typing import Any

import regex

HOLDOUTS: list[tuple[str, str | None, Callable[..., Any]]] = []


def holdout(exercise: str, name: str | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        HOLDOUTS.append((exercise, name, function))
        return function

    return register


# most_frequent_pair


@holdout("most_frequent_pair", "each word counted once")
def _(words):
    d = {}
    for w in words:
        for i in range(1, len(w)):
            key = (w[i - 1], w[i])
            d[key] = d.get(key, 0) + 1
    best = None
    for key in sorted(d):
        if best is None or d[key] >= d[best]:
            best = key
    return best


@holdout("most_frequent_pair", "ties to the pair seen first")
def _(words):
    d = collections.defaultdict(int)
    for w, c in words.items():
        for i in range(len(w) - 1):
            d[(w[i], w[i + 1])] += c
    if not d:
        return None
    return max(d, key=d.get)


@holdout("most_frequent_pair", "ties to the smaller pair")
def _(words):
    d = collections.Counter()
    for w, c in words.items():
        for pair in zip(w[:-1], w[1:], strict=True):
            d[pair] += c
    ranked = sorted(d.items(), key=lambda item: (-item[1], item[0]))
    return ranked[0][0] if ranked else None


@holdout("most_frequent_pair", "right, but for an IndexError")
def _(words):
    d = collections.Counter()
    for w, c in words.items():
        for pair in zip(w[:-1], w[1:], strict=True):
            d[pair] += c
    return sorted((c, pair) for pair, c in d.items())[-1][1]


@holdout("most_frequent_pair", "each pair once a word")
def _(words):
    pairs = {p for w in words for p in zip(w, w[1:], strict=False)}

    def total(p):
        return sum(c for w, c in words.items() if p in list(zip(w, w[1:], strict=False)))

    return max(pairs, key=lambda p: (total(p), p)) if pairs else None


@holdout("most_frequent_pair", "counts overwritten")
def _(words):
    d = {}
    for w, c in words.items():
        d.update({(w[i], w[i + 1]): c for i in range(len(w) - 1)})
    return max(d.items(), key=lambda kv: (kv[1], kv[0]))[0] if d else None


@holdout("most_frequent_pair", "the pair together with its count")
def _(words):
    d = collections.Counter()
    for w, c in words.items():
        for i in range(len(w) - 1):
            d[w[i], w[i + 1]] += c
    top = sorted(d.items(), key=lambda kv: (kv[1], kv[0]))
    return top[-1] if top else None


@holdout("most_frequent_pair", None)
def _(words):
    d = collections.Counter()
    for w, c in words.items():
        for i in range(len(w) - 2):
            d[w[i], w[i + 2]] += c
    return max(d, key=lambda p: (d[p], p), default=None)


# merge_pair


@holdout("merge_pair", "only the first occurrence")
def _(word, pair):
    out = list(word)
    for i in range(len(out) - 1):
        if (out[i], out[i + 1]) == pair:
            out[i] = out[i] + out[i + 1]
            del out[i + 1]
            break
    return tuple(out)


@holdout("merge_pair", "the last token lost")
def _(word, pair):
    out, skip = [], False
    for a, b in zip(word, word[1:], strict=False):
        if skip:
            skip = False
        elif (a, b) == pair:
            out.append(a + b)
            skip = True
        else:
            out.append(a)
    return tuple(out)


@holdout("merge_pair", "the second part stays behind")
def _(word, pair):
    out = []
    for i, token in enumerate(word):
        following = word[i + 1] if i + 1 < len(word) else None
        out += [token + following] if (token, following) == pair else [token]
    return tuple(out)


@holdout("merge_pair", "replaced in text with spaces")
def _(word, pair):
    text = b" ".join(word)
    pattern = re.escape(b" ".join(pair))
    return tuple(t for t in re.sub(pattern, b"".join(pair), text).split(b" ")) if text else ()


@holdout("merge_pair", "right to left")
def _(word, pair):
    if len(word) < 2:
        return word
    *rest, a, b = word
    if (a, b) == pair:
        return (*HOLDOUTS_BY_NAME["merge_pair", "right to left"](tuple(rest), pair), a + b)
    return (*HOLDOUTS_BY_NAME["merge_pair", "right to left"]((*rest, a), pair), b)


@holdout("merge_pair", "a list in place of a tuple")
def _(word, pair):
    out = []
    for token in word:
        if out and out[-1] == pair[0] and token == pair[1]:
            out[-1] = pair[0] + pair[1]
        else:
            out.append(token)
    return out


@holdout("merge_pair", "compared by the joined bytes")
def _(word, pair):
    out = []
    new = b"".join(pair)
    tokens = collections.deque(word)
    while tokens:
        token = tokens.popleft()
        if tokens and token + tokens[0] == new:
            token += tokens.popleft()
        out.append(token)
    return tuple(out)


@holdout("merge_pair", None)
def _(word, pair):
    return tuple(t.replace(pair[0], b"".join(pair)) for t in word)


# encode_word


@holdout("encode_word", "the left-most pair first")
def _(word, ranks):
    tokens = [bytes([b]) for b in word]
    changed = True
    while changed:
        changed = False
        for i in range(len(tokens) - 1):
            if (tokens[i], tokens[i + 1]) in ranks:
                tokens = tokens[:i] + [tokens[i] + tokens[i + 1]] + tokens[i + 2 :]
                changed = True
                break
    return tokens


@holdout("encode_word", "one pass over the ranks")
def _(word, ranks):
    tokens = [bytes([b]) for b in word]
    for (a, b), _rank in sorted(ranks.items(), key=lambda kv: kv[1]):
        i = 0
        while i + 1 < len(tokens):
            if tokens[i] == a and tokens[i + 1] == b:
                tokens[i : i + 2] = [a + b]
            i += 1
    return tokens


@holdout("encode_word", "the longest token first")
def _(word, ranks):
    known = {a + b for a, b in ranks}
    out, i = [], 0
    while i < len(word):
        j = len(word)
        while j > i + 1 and word[i:j] not in known:
            j -= 1
        out.append(word[i:j])
        i = j
    return out


@holdout("encode_word", "numbers in place of bytes")
def _(word, ranks):
    tokens = list(word)
    while True:
        pairs = [p for p in zip(tokens, tokens[1:], strict=False) if p in ranks]
        if not pairs:
            break
        best = min(pairs, key=ranks.get)
        i = list(zip(tokens, tokens[1:], strict=False)).index(best)
        tokens[i : i + 2] = [best[0] + best[1]]
    return tokens


@holdout("encode_word", "rank 0 taken for no rank")
def _(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    while True:
        best, place = None, None
        for i in range(len(tokens) - 1):
            r = ranks.get((tokens[i], tokens[i + 1]))
            if r and (best is None or r < best):
                best, place = r, i
        if place is None:
            return tokens
        tokens[place : place + 2] = [tokens[place] + tokens[place + 1]]


@holdout("encode_word", "the highest rank first")
def _(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    while True:
        scored = [
            (ranks.get((a, b), -1), -i)
            for i, (a, b) in enumerate(zip(tokens, tokens[1:], strict=False))
        ]
        if not scored or max(scored)[0] < 0:
            return tokens
        i = -max(scored)[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


@holdout("encode_word", "characters in place of bytes")
def _(word, ranks):
    tokens = [c.encode("utf-8") for c in word.decode("utf-8", "replace")]
    while True:
        scored = [
            (ranks[p], i) for i, p in enumerate(zip(tokens, tokens[1:], strict=False)) if p in ranks
        ]
        if not scored:
            return tokens
        _, i = min(scored)
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


@holdout("encode_word", "one round only")
def _(word, ranks):
    tokens = [word[i : i + 1] for i in range(len(word))]
    known = {p: ranks[p] for p in zip(tokens, tokens[1:], strict=False) if p in ranks}
    if not known:
        return tokens
    a, b = min(known, key=known.get)
    out = []
    while tokens:
        if tokens[:2] == [a, b]:
            out.append(a + b)
            tokens = tokens[2:]
        else:
            out.append(tokens.pop(0))
    return out


# split_special


@holdout("split_special", "special tokens read as patterns")
def _(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    out, end = [], 0
    for m in re.finditer("|".join(sorted(special_tokens, key=len)[::-1]), text):
        if m.start() > end:
            out.append((text[end : m.start()], False))
        if m.group():
            out.append((m.group(), m.group() in special_tokens))
        end = m.end()
    return out + [(text[end:], False)] if text[end:] else out


@holdout("split_special", "the order of the list")
def _(text, special_tokens):
    out, plain, i = [], "", 0
    while i < len(text):
        hit = next((s for s in special_tokens if text.startswith(s, i)), None)
        if hit is None:
            plain += text[i]
            i += 1
            continue
        if plain:
            out.append((plain, False))
            plain = ""
        out.append((hit, True))
        i += len(hit)
    return out + [(plain, False)] if plain else out


@holdout("split_special", "empty pieces kept")
def _(text, special_tokens):
    out, rest = [], text
    while True:
        hits = [(rest.find(s), -len(s), s) for s in special_tokens if s in rest]
        if not hits:
            return [*out, (rest, False)]
        at, _, s = min(hits)
        out += [(rest[:at], False), (s, True)]
        rest = rest[at + len(s) :]


@holdout("split_special", "special tokens dropped")
def _(text, special_tokens):
    pieces = [text]
    for s in sorted(special_tokens, key=len, reverse=True):
        pieces = [part for piece in pieces for part in piece.split(s)]
    return [(p, False) for p in pieces if p]


@holdout("split_special", "only the first occurrence")
def _(text, special_tokens):
    hits = [(text.find(s), -len(s), s) for s in special_tokens if s in text]
    if not hits:
        return [(text, False)] if text else []
    at, _, s = min(hits)
    out = [(text[:at], False), (s, True), (text[at + len(s) :], False)]
    return [p for p in out if p[0]]


@holdout("split_special", "nothing is marked as special")
def _(text, special_tokens):
    if not special_tokens:
        return [(text, False)] if text else []
    alternatives = "|".join(regex.escape(s) for s in sorted(special_tokens, key=lambda s: -len(s)))
    return [(p, p is special_tokens) for p in regex.split(f"({alternatives})", text) if p]


@holdout("split_special", "an empty pattern")
def _(text, special_tokens):
    alternatives = "|".join(re.escape(s) for s in sorted(special_tokens, key=lambda s: -len(s)))
    return [(p, p in special_tokens) for p in re.split("(" + alternatives + ")", text) if p != ""]


# decode


@holdout("decode", "each token decoded alone")
def _(ids, vocab):
    out = ""
    for i in ids:
        if i not in vocab:
            raise ValueError(f"bad id {i}")
        out += str(vocab[i], "utf-8", errors="replace")
    return out


@holdout("decode", "strict decoding")
def _(ids, vocab):
    data = bytearray()
    for i in ids:
        if i not in vocab:
            raise ValueError(f"bad id {i}")
        data.extend(vocab[i])
    return data.decode()


@holdout("decode", "bad bytes ignored")
def _(ids, vocab):
    missing = [i for i in ids if i not in vocab]
    if missing:
        raise ValueError(f"{missing[0]}?")
    return str(b"".join(map(vocab.get, ids)), "utf8", "ignore")


@holdout("decode", "one character a byte")
def _(ids, vocab):
    missing = [i for i in ids if i not in vocab]
    if missing:
        raise ValueError(f"{missing[0]}?")
    return b"".join(vocab[i] for i in ids).decode("latin-1")


@holdout("decode", "KeyError for an unknown id")
def _(ids, vocab):
    data = b""
    for i in ids:
        data = data + vocab[i]
    return data.decode(errors="replace")


@holdout("decode", "unknown ids skipped")
def _(ids, vocab):
    return b"".join(vocab[i] for i in ids if i in vocab).decode(errors="replace")


@holdout("decode", "the error does not name the id")
def _(ids, vocab):
    try:
        return b"".join(vocab[i] for i in ids).decode(errors="replace")
    except KeyError:
        raise ValueError("id not in vocabulary") from None


@holdout("decode", None)
def _(ids, vocab):
    missing = [i for i in ids if i not in vocab]
    if missing:
        raise ValueError(f"{missing[0]}?")
    return b"".join(vocab[i] for i in reversed(ids)).decode(errors="replace")


# viterbi


@holdout("viterbi", "the longest piece first")
def _(text, logp):
    out, i = [], 0
    while i < len(text):
        for j in range(len(text), i, -1):
            if text[i:j] in logp:
                out.append(text[i:j])
                i = j
                break
        else:
            raise ValueError("cannot segment")
    return out


@holdout("viterbi", "every segmentation tried")
def _(text, logp):
    def go(rest):
        if rest == "":
            return (0.0, [])
        best = None
        for k in range(1, len(rest) + 1):
            if rest[:k] in logp:
                tail = go(rest[k:])
                if tail is not None:
                    cand = (logp[rest[:k]] + tail[0], [rest[:k]] + tail[1])
                    if best is None or cand > best:
                        best = cand
        return best

    found = go(text)
    if found is None:
        raise ValueError(text)
    return found[1]


@holdout("viterbi", "pieces in reverse")
def _(text, logp):
    best, back = [0.0] + [-math.inf] * len(text), [0] * (len(text) + 1)
    for j in range(1, len(text) + 1):
        for i in range(j):
            if text[i:j] in logp and best[i] + logp[text[i:j]] > best[j]:
                best[j], back[j] = best[i] + logp[text[i:j]], i
    if best[-1] == -math.inf:
        raise ValueError
    out, j = [], len(text)
    while j:
        out.append(text[back[j] : j])
        j = back[j]
    return out


@holdout("viterbi", "the fewest pieces")
def _(text, logp):
    best = {0: []}
    for j in range(1, len(text) + 1):
        for i in range(j):
            if i in best and text[i:j] in logp:
                if j not in best or len(best[i]) + 1 < len(best[j]):
                    best[j] = [*best[i], text[i:j]]
    if len(text) not in best:
        raise ValueError
    return best[len(text)]


@holdout("viterbi", "the least likely segmentation")
def _(text, logp):
    best = {0: (0.0, [])}
    for j in range(1, len(text) + 1):
        cands = [
            (best[i][0] + logp[text[i:j]], [*best[i][1], text[i:j]])
            for i in best
            if text[i:j] in logp
        ]
        if cands:
            best[j] = min(cands)
    if len(text) not in best:
        raise ValueError
    return best[len(text)][1]


@holdout("viterbi", "the likeliest piece at each step")
def _(text, logp):
    out = []
    at = 0
    while at != len(text):
        choices = {
            text[at:e]: logp[text[at:e]] for e in range(at + 1, len(text) + 1) if text[at:e] in logp
        }
        if not choices:
            raise ValueError("stuck")
        out.append(max(choices, key=choices.get))
        at += len(out[-1])
    return out


@holdout("viterbi", "probabilities added")
def _(text, logp):
    best = {0: (0.0, [])}
    for j in range(1, len(text) + 1):
        cands = [
            (best[i][0] + math.exp(logp[text[i:j]]), [*best[i][1], text[i:j]])
            for i in best
            if text[i:j] in logp
        ]
        if cands:
            best[j] = max(cands)
    if len(text) not in best:
        raise ValueError
    return best[len(text)][1]


@holdout("viterbi", "no ValueError")
def _(text, logp):
    best = {0: (0.0, [])}
    for j in range(1, len(text) + 1):
        cands = [
            (best[i][0] + logp[text[i:j]], [*best[i][1], text[i:j]])
            for i in best
            if text[i:j] in logp
        ]
        if cands:
            best[j] = max(cands)
    return best.get(len(text), (0, []))[1]


# train_bpe


def _bpe(words, n, key, weight=True):
    table = {tuple(bytes([b]) for b in w): c for w, c in words.items()}
    out = []
    for _ in range(n):
        d = collections.Counter()
        for w, c in table.items():
            for i in range(len(w) - 1):
                d[w[i], w[i + 1]] += c if weight else 1
        if not d:
            break
        best = key(d)
        out.append(best)
        new = {}
        for w, c in table.items():
            merged, i = [], 0
            while i < len(w):
                hit = w[i : i + 2] == best
                merged.append(w[i] + w[i + 1] if hit else w[i])
                i += 2 if hit else 1
            new[tuple(merged)] = c
        table = new
    return out


@holdout("train_bpe", "everything counted again")
def _(words, n_merges):
    return _bpe(words, n_merges, lambda d: max(d.items(), key=lambda kv: (kv[1], kv[0]))[0])


@holdout("train_bpe", "ties to the pair seen first")
def _(words, n_merges):
    return _bpe(words, n_merges, lambda d: max(d, key=d.get))


@holdout("train_bpe", "ties to the smaller pair")
def _(words, n_merges):
    return _bpe(words, n_merges, lambda d: sorted(d, key=lambda p: (-d[p], p))[0])


@holdout("train_bpe", "each word counted once")
def _(words, n_merges):
    return _bpe(words, n_merges, lambda d: max(d, key=lambda p: (d[p], p)), weight=False)


@holdout("train_bpe", "counted once and for all")
def _(words, n_merges):
    d = collections.Counter()
    for w, c in words.items():
        for a, b in zip(w, w[1:], strict=False):
            d[bytes([a]), bytes([b])] += c
    ranked = sorted(d.items(), key=lambda kv: (kv[1], kv[0]))[::-1]
    return [pair for pair, _ in ranked][:n_merges]


@holdout("train_bpe", "ties decided on the joined bytes")
def _(words, n_merges):
    return _bpe(words, n_merges, lambda d: max(d, key=lambda p: (d[p], b"".join(p))))


# encode_stream


@holdout("encode_stream", "everything joined first")
def _(chunks, pattern, encode_piece):
    text = ""
    for c in chunks:
        text += c
    yield from (i for m in regex.finditer(pattern, text) for i in encode_piece(m.group()))


@holdout("encode_stream", "each chunk alone")
def _(chunks, pattern, encode_piece):
    return (i for c in chunks for m in regex.finditer(pattern, c) for i in encode_piece(m.group()))


@holdout("encode_stream", "too little held back")
def _(chunks, pattern, encode_piece):
    tail = ""
    for c in chunks:
        found = list(regex.finditer(pattern, tail + c))
        if not found:
            tail += c
            continue
        for m in found[:-1]:
            yield from encode_piece(m.group())
        tail = found[-1].group()
    for m in regex.finditer(pattern, tail):
        yield from encode_piece(m.group())


@holdout("encode_stream", "the last piece held back, and dropped at the end")
def _(chunks, pattern, encode_piece):
    tail = ""
    for c in chunks:
        *found, tail = regex.findall(pattern, tail + c) or [tail + c]
        for piece in found:
            yield from encode_piece(piece)


@holdout("encode_stream", "a list in place of an iterator")
def _(chunks, pattern, encode_piece):
    ids = []
    for m in regex.finditer(pattern, "".join(chunks)):
        ids.extend(encode_piece(m.group()))
    return ids


# wordpiece_encode


@holdout("wordpiece_encode", "the unknown token for a part")
def _(word, vocab, unk="[UNK]"):
    out, i = [], 0
    while i < len(word):
        for j in range(len(word), i, -1):
            piece = word[i:j] if i == 0 else "##" + word[i:j]
            if piece in vocab:
                out.append(piece)
                i = j
                break
        else:
            out.append(unk)
            i += 1
    return out


@holdout("wordpiece_encode", "no ## for continuations")
def _(word, vocab, unk="[UNK]"):
    out, i = [], 0
    while i < len(word):
        j = max((j for j in range(i + 1, len(word) + 1) if word[i:j] in vocab), default=0)
        if not j:
            return [unk]
        out.append(word[i:j])
        i = j
    return out


@holdout("wordpiece_encode", "the shortest piece first")
def _(word, vocab, unk="[UNK]"):
    out, i = [], 0
    while i < len(word):
        for j in range(i + 1, len(word) + 1):
            piece = word[i:j] if i == 0 else "##" + word[i:j]
            if piece in vocab:
                break
        else:
            return [unk]
        out.append(piece)
        i = j
    return out


@holdout("wordpiece_encode", "[UNK] whatever was asked for")
def _(word, vocab, unk="[UNK]"):
    out, i = [], 0
    while i < len(word):
        fits = [w for w in vocab if (("##" if i else "") + word[i:]).startswith(w) and w != "##"]
        fits = [w for w in fits if w.startswith("##") == bool(i)]
        if not fits:
            return ["[UNK]"]
        out.append(max(fits, key=len))
        i += len(out[-1]) - (2 if i else 0)
    return out


@holdout("wordpiece_encode", "the pieces found so far kept")
def _(word, vocab, unk="[UNK]"):
    out, i = [], 0
    while i < len(word):
        for j in range(len(word), i, -1):
            piece = word[i:j] if i == 0 else "##" + word[i:j]
            if piece in vocab:
                out.append(piece)
                i = j
                break
        else:
            out.append(unk)
            break
    return out


# best_wordpiece_pair


def _f(words):
    one, two = collections.Counter(), collections.Counter()
    for w, c in words.items():
        for i, t in enumerate(w):
            one[t] += c
            if i:
                two[w[i - 1], t] += c
    return one, two


@holdout("best_wordpiece_pair", "the most frequent pair")
def _(words):
    _, two = _f(words)
    return max(two, key=lambda p: (two[p], p)) if two else None


@holdout("best_wordpiece_pair", "divided by f(a), times f(b)")
def _(words):
    one, two = _f(words)
    return max(two, key=lambda p: (two[p] / one[p[0]] * one[p[1]], p)) if two else None


@holdout("best_wordpiece_pair", "divided by the sum")
def _(words):
    one, two = _f(words)
    return max(two, key=lambda p: (two[p] / sum(one[t] for t in p), p)) if two else None


@holdout("best_wordpiece_pair", "ties to the pair seen first")
def _(words):
    one, two = _f(words)
    scores = {(a, b): n / one[a] / one[b] for (a, b), n in two.items()}
    return max(scores, key=scores.get) if scores else None


@holdout("best_wordpiece_pair", "right, but for an IndexError")
def _(words):
    one, two = _f(words)
    return sorted(two, key=lambda p: (two[p] / (one[p[0]] * one[p[1]]), p))[-1]


# em_step


def _ways(word, logp):
    @functools.cache
    def go(i):
        if i == len(word):
            return [()]
        ends = range(i + 1, len(word) + 1)
        return [(word[i:j], *rest) for j in ends if word[i:j] in logp for rest in go(j)]

    return go(0)


def _em(words, logp, weight, finish):
    counts = collections.Counter()
    for word, n in words.items():
        for way, w in weight(_ways(word, logp)):
            for piece in way:
                counts[piece] += n * w
    return finish(counts)


def _p(way, logp):
    return math.prod(math.exp(logp[piece]) for piece in way)


def _finish(counts):
    total = sum(counts.values())
    return {piece: math.log(c) - math.log(total) for piece, c in counts.items() if c > 0}


def _posterior(logp):
    return lambda ways: [(w, _p(w, logp) / sum(_p(v, logp) for v in ways)) for w in ways]


@holdout("em_step", "the best segmentation only")
def _(words, logp):
    return _em(words, logp, lambda ways: [(max(ways, key=lambda w: _p(w, logp)), 1)], _finish)


@holdout("em_step", "all segmentations alike")
def _(words, logp):
    return _em(words, logp, lambda ways: [(w, 1 / len(ways)) for w in ways], _finish)


@holdout("em_step", "not divided by the word's probability")
def _(words, logp):
    return _em(words, logp, lambda ways: [(w, _p(w, logp)) for w in ways], _finish)


@holdout("em_step", "not renormalised")
def _(words, logp):
    return _em(words, logp, _posterior(logp), lambda c: {k: math.log(v) for k, v in c.items()})


@holdout("em_step", "expected counts")
def _(words, logp):
    return _em(words, logp, _posterior(logp), dict)


@holdout("em_step", "another base")
def _(words, logp):
    return {k: v / math.log(2) for k, v in _em(words, logp, _posterior(logp), _finish).items()}


# tokenizer_report


def _report(n_bytes, n_tokens, n_words):
    return {"bytes_per_token": n_bytes, "tokens_per_word": n_words, "n_tokens": n_tokens}


@holdout("tokenizer_report", "characters in place of bytes")
def _(encode, texts):
    n = len([i for t in texts for i in encode(t)])
    return _report(len("".join(texts)) / n, n, n / len(" ".join(texts).split()))


@holdout("tokenizer_report", "means of means")
def _(encode, texts):
    a, b, n = [], [], 0
    for t in texts:
        k = len(encode(t))
        n += k
        a.append(len(t.encode()) / k if k else 0)
        b.append(k / len(t.split()) if t.split() else 0)
    return _report(sum(a) / len(a), n, sum(b) / len(b))


@holdout("tokenizer_report", "split at single spaces")
def _(encode, texts):
    n = len([i for t in texts for i in encode(t)])
    words = [w for t in texts for w in t.split(" ")]
    return _report(sum(len(t.encode()) for t in texts) / n, n, n / len(words))


@holdout("tokenizer_report", "all texts joined")
def _(encode, texts):
    text = "".join(texts)
    n = len(encode(text))
    return _report(len(text.encode()) / n, n, n / len(text.split()))


@holdout("tokenizer_report", "tokens by bytes")
def _(encode, texts):
    n = sum(len(encode(t)) for t in texts)
    size = sum(len(t.encode()) for t in texts)
    return _report(n / size, n, n / sum(len(t.split()) for t in texts))


HOLDOUTS_BY_NAME = {(exercise, name): function for exercise, name, function in HOLDOUTS}
