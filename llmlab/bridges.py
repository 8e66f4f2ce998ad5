"""Bridges to Hugging Face's `tokenizers`, both ways, for BPE, WordPiece and Unigram.

Where the two can say the same thing, the ids are the same; where they cannot, these functions
refuse. `tokenizer` names both functions too.

>>> tokenizer = BPE.train(["so it goes, and so it went"], vocab_size=262)
>>> theirs = to_tokenizers(tokenizer)
>>> theirs.encode("so it went").ids == tokenizer.encode("so it went")
True
>>> from_tokenizers(theirs).merges == tokenizer.merges
True
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from llmlab import runtime
from llmlab.bpe import BPE
from llmlab.pretokenize import GPT2, WORDS
from llmlab.unigram import Unigram
from llmlab.wordpiece import MAX_CHARACTERS, MORE, WordPiece

if TYPE_CHECKING:
    import tokenizers

__all__ = ["from_tokenizers", "to_tokenizers"]


def to_tokenizers(tokenizer: BPE | WordPiece | Unigram) -> tokenizers.Tokenizer:
    """Return the same tokenizer for Hugging Face's `tokenizers`, with the same ids.

    There special tokens are always read as such. Raises ValueError where the two would differ: for
    a special token that is an ordinary one too, a pattern that the other regular expressions read
    differently, a `WordPiece` with a pattern of its own, a `Unigram` that lacks a character of its
    pieces.
    """
    hf = runtime.require("tokenizers", extra="hub")
    match tokenizer:
        case BPE():
            made = hf.Tokenizer(_bpe_model(hf, tokenizer))
            byte_level = hf.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
            made.pre_tokenizer = hf.pre_tokenizers.Sequence([_splitter(hf, tokenizer), byte_level])
            made.decoder = hf.decoders.ByteLevel()
        case WordPiece():
            made = hf.Tokenizer(_wordpiece_model(hf, tokenizer))
            made.pre_tokenizer = hf.pre_tokenizers.BertPreTokenizer()
            made.decoder = hf.decoders.WordPiece(prefix=MORE, cleanup=False)
        case Unigram():
            made = hf.Tokenizer(_unigram_model(hf, tokenizer))
            made.pre_tokenizer = _splitter(hf, tokenizer)
            made.decoder = hf.decoders.Sequence([hf.decoders.ByteFallback(), hf.decoders.Fuse()])
    made.add_special_tokens([hf.AddedToken(t, normalized=False) for t in tokenizer.special_tokens])
    return made


def _splitter(hf: Any, tokenizer: BPE | Unigram) -> Any:
    # subtle: in its regular expressions "{1,3}+" repeats; in ours it gives nothing back.
    if re.search(r"\{\d+,?\d*\}\+", tokenizer.pattern):
        raise ValueError(f"tokenizers reads '}}+' differently; rewrite {tokenizer.pattern!r}.")
    return hf.pre_tokenizers.Split(hf.Regex(tokenizer.pattern), "isolated")


def _byte_letters() -> dict[int, str]:
    """Map every byte to the visible letter that GPT-2 writes it with: space is Ġ, newline Ċ."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {b: chr(b) for b in visible} | {b: chr(256 + i) for i, b in enumerate(hidden)}


_LETTERS = _byte_letters()
_BYTES = {ord(letter): byte for byte, letter in _LETTERS.items()}


def _in_letters(token: bytes) -> str:
    return token.decode("latin-1").translate(_LETTERS)


def _in_bytes(letters: str) -> bytes:
    return letters.translate(_BYTES).encode("latin-1")


def _named(tokenizer: BPE | WordPiece, names: dict[int, str]) -> dict[str, int]:
    """Turn id → name into name → id; ValueError where a name has two ids."""
    ids = {name: i for i, name in reversed(names.items())}
    if len(ids) < len(names):
        twice = next(name for i, name in names.items() if ids[name] != i)
        raise ValueError(f"{twice!r} is a special and an ordinary token; tokenizers allows one.")
    return ids


def _bpe_model(hf: Any, tokenizer: BPE) -> Any:
    names = {i: _in_letters(token) for i, token in tokenizer.vocab.items()}
    names |= {i: special for special, i in tokenizer.special_ids.items()}
    merges = [(_in_letters(left), _in_letters(right)) for left, right in tokenizer.merges]
    return hf.models.BPE(vocab=_named(tokenizer, names), merges=merges)


def _wordpiece_model(hf: Any, tokenizer: WordPiece) -> Any:
    if tokenizer.pattern != WORDS:
        raise ValueError(f"tokenizers has no WordPiece with the pattern {tokenizer.pattern!r}.")
    names = {i: token.decode() for i, token in tokenizer.vocab.items()}
    return hf.models.WordPiece(
        vocab=_named(tokenizer, names),
        unk_token=tokenizer.unk,
        max_input_chars_per_word=MAX_CHARACTERS,
        continuing_subword_prefix=MORE,
    )


def _unigram_model(hf: Any, tokenizer: Unigram) -> Any:
    missing = {c for piece in tokenizer.logp for c in piece} - tokenizer.logp.keys()
    if missing:
        raise ValueError(f"The pieces contain {min(missing)!r} but lack it as a piece; add it.")
    # subtle: there a byte is the piece "<0x41>", which text may spell. At less than six pieces
    # together it is never the better cutting.
    rare = 7 * min(tokenizer.logp.values())
    pieces = [(f"<0x{byte:02X}>", rare) for byte in range(256)]
    pieces += list(tokenizer.logp.items()) + [(token, rare) for token in tokenizer.special_tokens]
    return hf.models.Unigram(vocab=pieces, unk_id=0, byte_fallback=True)


def from_tokenizers(tokenizer: tokenizers.Tokenizer) -> BPE | WordPiece | Unigram:
    """Return a tokenizer of Hugging Face's `tokenizers` as one of ours, with the same ids.

    What it adds after encoding ([CLS], padding) stays behind. Raises ValueError for what ours
    cannot say: a normalizer, other ways to cut text, another `Unigram` than `to_tokenizers` makes.
    """
    content = json.loads(tokenizer.to_str())
    _expect(content["normalizer"] is None, "a normalizer", "apply it to the texts yourself")
    added = content["added_tokens"]
    strict = not any(token["single_word"] or token["lstrip"] or token["rstrip"] for token in added)
    _expect(strict, "added tokens that take white space", "make them plain")
    special_ids = {token["content"]: token["id"] for token in added}
    kinds: dict[str, Callable[..., BPE | WordPiece | Unigram]]
    kinds = {"BPE": _bpe_from, "WordPiece": _wordpiece_from, "Unigram": _unigram_from}
    model = content["model"]
    _expect(model["type"] in kinds, f"a {model['type']} model", f"take {' or '.join(kinds)}")
    steps = content["pre_tokenizer"] or {"type": "nothing"}
    steps = steps["pretokenizers"] if steps["type"] == "Sequence" else [steps]
    return kinds[model["type"]](model, steps, special_ids)


def _expect(fits: bool, what: str, remedy: str) -> None:
    if not fits:
        raise ValueError(f"It has {what}, which ours cannot have; {remedy}.")


Steps = list[dict[str, Any]]


def _pattern_of(steps: Steps) -> str:
    """Read the pattern out of the one step that cuts text."""
    step, *others = steps
    cuts = step["type"] == "Split" and step["behavior"] == "Isolated" and not step["invert"]
    _expect(cuts and not others, "a pre-tokenizer that is no pattern", "cut with an isolated Split")
    _expect("Regex" in step["pattern"], "a plain text as pattern", "make it a Regex")
    return step["pattern"]["Regex"]


def _bpe_from(model: dict[str, Any], steps: Steps, special_ids: Mapping[str, int]) -> BPE:
    options = ("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")
    for option in (*options, "byte_fallback", "ignore_merges"):
        _expect(not model[option], f"{option} {model[option]!r}", "take a byte-level BPE without")
    last = steps[-1]
    bytewise = last["type"] == "ByteLevel" and not last["add_prefix_space"]
    _expect(bytewise, "no byte level, or an added space", "take ByteLevel(add_prefix_space=False)")
    _expect(last["use_regex"] == (len(steps) == 1), "two patterns, or none", "leave one")
    pattern = GPT2 if last["use_regex"] else _pattern_of(steps[:-1])
    vocab = {i: _in_bytes(token) for token, i in model["vocab"].items() if token not in special_ids}
    vocab |= {i: token.encode() for token, i in special_ids.items()}
    merges = [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]
    pairs = [(_in_bytes(left), _in_bytes(right)) for left, right in merges]
    return BPE(vocab, pairs, sorted(special_ids, key=special_ids.__getitem__), pattern)


def _wordpiece_from(
    model: dict[str, Any], steps: Steps, special_ids: Mapping[str, int]
) -> WordPiece:
    _expect([step["type"] for step in steps] == ["BertPreTokenizer"], "other words", "cut as BERT")
    _expect(model["continuing_subword_prefix"] == MORE, "another mark than ##", "use ##")
    limit = model["max_input_chars_per_word"]
    _expect(limit == MAX_CHARACTERS, f"words of {limit} characters", f"set {MAX_CHARACTERS}")
    vocab = {i: token for token, i in (model["vocab"] | special_ids).items()}
    in_order = sorted(special_ids, key=special_ids.__getitem__)
    return WordPiece(vocab, in_order, model["unk_token"])


def _unigram_from(model: dict[str, Any], steps: Steps, special_ids: Mapping[str, int]) -> Unigram:
    names = [f"<0x{byte:02X}>" for byte in range(256)]
    in_bytes = model["byte_fallback"] and [name for name, _ in model["vocab"][:256]] == names
    _expect(in_bytes, "unknown characters", "spell them in bytes, as the first 256 pieces")
    in_order = sorted(special_ids, key=special_ids.__getitem__)
    pieces = dict(model["vocab"][256:])
    logp = {piece: score for piece, score in pieces.items() if piece not in special_ids}
    made = Unigram(logp, in_order, _pattern_of(steps))
    _expect(made.special_ids == special_ids, "special tokens among the pieces", "put them last")
    return made
