import assert from "node:assert/strict";
import { test } from "node:test";

import * as tokens from "../../llmlab/widgets/tokens.js";
import { unpackEncoded } from "../../llmlab/widgets/bpe.js";
import { compare, countSentence, drawComparison } from "../../llmlab/widgets/comparison.js";

const utf8 = (text) => new TextEncoder().encode(text);

/** A text cut into tokens of these byte lengths. */
const encoded = (text, lengths) => {
  let end = 0;
  return {
    ids: lengths.map((_, i) => i + 10), ends: lengths.map((n) => (end += n)),
    bytes: utf8(text), lossless: true,
  };
};

test("a token is described as the brief asks", () => {
  const four = encoded("see the", [3, 4]);
  assert.equal(tokens.describe(four, 1), "token 2 of 2: ' the', id 11, bytes 20 74 68 65");
});

test("a token that is part of a character says of which", () => {
  const owl = encoded("a 🦉", [1, 3, 2]);
  const starts = tokens.graphemeStarts("a 🦉");
  assert.equal(tokens.describe(owl, 2, starts), "token 3 of 3: part of '🦉', id 12, bytes A6 89");
  assert.equal(tokens.meaning(owl, 1, starts), "part of ' 🦉'");
});

test("tokens that share a character form a run", () => {
  const text = "a🦉e\u0301b"; // a · four bytes · e with an accent of its own · b
  const starts = tokens.graphemeStarts(text);
  assert.deepEqual(tokens.shared(encoded(text, [1, 2, 1, 1, 1, 2, 1]), starts, 0, 7),
    [[0, 1], [1, 4], [4, 6], [6, 7]]);
});

test("a family is one character", () => {
  const starts = tokens.graphemeStarts("👨‍👩‍👧!");
  assert.equal(starts.reduce((a, b) => a + b), 3); // the family, "!", and the end
});

test("long texts are cut into stretches without cutting a character", () => {
  for (const unit of ["👨‍👩‍👧", "🇯🇵", "e\u0301", "க்ஷ", "\r\n", "é漢"]) {
    const text = unit.repeat(300), segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    const expected = [...segmenter.segment(text)].length;
    assert.equal(tokens.graphemeStarts(text).reduce((a, b) => a + b), expected + 1, unit);
  }
});

test("without characters there is no sharing", () => {
  assert.deepEqual(tokens.shared(encoded("ab", [1, 1]), null, 0, 2), [[0, 1], [1, 2]]);
});

test("a run is closed at the end of a page", () => {
  const starts = tokens.graphemeStarts("🦉");
  assert.deepEqual(tokens.shared(encoded("🦉", [1, 1, 2]), starts, 0, 2), [[0, 2]]);
});

test("white space, the invisible and stray bytes can be seen", () => {
  const kinds = (bytes) => tokens.parts(bytes).map(({ kind, text }) => `${kind}:${text}`);
  assert.deepEqual(kinds(utf8(" a\n\t")), ["mark:·", "text:a", "mark:⏎⇥"]);
  assert.deepEqual(kinds(utf8("\u202e\u0000")), ["code:U+202E", "code:U+0000"]);
  assert.deepEqual(kinds(Uint8Array.of(0xf0, 0x9f, 0x41)), ["hex:F0 9F", "text:A"]);
  assert.deepEqual(kinds(utf8("\u0301")), ["text:◌\u0301"]);
  assert.deepEqual(kinds(utf8("👨‍👩")), ["text:👨‍👩"]);
  assert.deepEqual(kinds(utf8("\ufe0f\u200d")), ["code:U+FE0F", "text:\u200d"]);
});

test("overlong, truncated and surrogate bytes are stray", () => {
  for (const bytes of [[0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
    assert.deepEqual(tokens.characters(Uint8Array.from(bytes)), bytes);
  }
});

test("the token that holds a byte is found", () => {
  const three = encoded("abcdef", [2, 1, 3]);
  assert.deepEqual([0, 1, 2, 3, 5, 6].map((at) => tokens.tokenAt(three, at)), [0, 0, 1, 2, 2, -1]);
});

test("colours go by word, so that two tokenizers agree", () => {
  const words = tokens.wordNumbers(utf8("to be"));
  const hues = (lengths) => tokens.tints(encoded("to be", lengths), words, 0, lengths.length);
  assert.deepEqual(hues([2, 3]), ["ll-hue0", "ll-hue1"]);
  assert.deepEqual(hues([1, 1, 1, 2]), ["ll-hue0", "ll-hue0 ll-deep", "ll-hue1", "ll-hue1 ll-deep"]);
});

test("where tokens are not the text, ## continues a word", () => {
  const lossy = { ...encoded("run##ning[UNK]", [3, 6, 5]), lossless: false };
  assert.deepEqual(tokens.tints(lossy, new Uint32Array(0), 0, 3), ["ll-hue0", "ll-hue0 ll-deep", "ll-hue1"]);
});

test("figures count characters by code point and bytes by UTF-8", () => {
  assert.deepEqual(tokens.measure(encoded("é🦉", [2, 4]), "é🦉"),
    { tokens: 2, charactersPerToken: 1, bytesPerToken: 3 });
  assert.equal(tokens.measure(encoded("", []), "").bytesPerToken, 0);
});

test("two tokenizers are compared in a sentence", () => {
  const count = (name, n) => ({ letter: "A", name, tokens: n });
  assert.equal(compare(count("ours", 30), count("gpt2", 24)), "gpt2 needs 6 tokens fewer than ours (−20 %).");
  assert.equal(compare(count("a", 2), count("b", 3)), "a needs 1 token fewer than b (−33 %).");
  assert.match(compare(count("a", 2), count("b", 2)), /same number/);
  assert.equal(countSentence([count("a", 2), count("b", 1234)]), "a: 2 tokens, b: 1,234 tokens");
});

test("one tokenizer is not compared", () => {
  assert.deepEqual(drawComparison([{ letter: "A", name: "a", tokens: 3 }]), []);
});

test("lone surrogates become U+FFFD, as in UTF-8", () => {
  assert.equal(tokens.wellFormed("a\ud83dz"), "a\ufffdz");
});

test("text is cut between characters", () => {
  assert.deepEqual([3, 4, 5].map((limit) => tokens.cut("aé🦉", limit)), ["aé", "aé", "aé"]);
  assert.equal(tokens.cut("aé🦉", 7), "aé🦉");
});

test("what Python packed is unpacked", () => {
  const pack = (numbers) => Buffer.from(numbers.buffer).toString("base64");
  const found = unpackEncoded({ ids: pack(Uint32Array.of(7, 70000)), lengths: pack(Uint16Array.of(1, 2)), stream: null }, utf8("abc"));
  assert.deepEqual([[...found.ids], found.ends, found.lossless], [[7, 70000], [1, 3], true]);
  const lossy = unpackEncoded({ ids: pack(Uint32Array.of(7)), lengths: pack(Uint16Array.of(2)), stream: btoa("hi") }, utf8("x"));
  assert.deepEqual([tokens.decodeText(lossy.bytes), lossy.lossless], ["hi", false]);
});
