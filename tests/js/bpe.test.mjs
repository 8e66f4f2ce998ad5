import assert from "node:assert/strict";
import { test } from "node:test";

import { encodeBpe, encodePiece, readBpe, splitSpecials, tokenBytes } from "../../llmlab/widgets/bpe.js";
import { mergeSentence, neighbour, tempo } from "../../llmlab/widgets/merge_player.js";

const pack = (numbers) => Buffer.from(Uint32Array.from(numbers).buffer).toString("base64");
const [l, o, w, space] = [108, 111, 119, 32];

/** Merges: ow → 256, low → 257, ␣low → 258; one special token, 300. */
const small = () => readBpe({
  pattern: " ?\\p{L}+|\\p{White_Space}+|[^\\p{L}]",
  merges: pack([o, w, l, 256, space, 257]), made: 256, base: null,
  specials: [["<|end|>", 300]], counts: [9, 7, 3],
});

test("merges apply in the order of their ranks", () => {
  assert.deepEqual(encodePiece(small(), "lowlow", 3), { ids: [257, 257], used: [0, 1] });
});

test("occurrences merge from left to right, without overlap", () => {
  const bpe = readBpe({ pattern: ".+", merges: pack([97, 97]), made: 256, base: null, specials: [], counts: null });
  assert.deepEqual(encodePiece(bpe, "aaaaa", 1).ids, [256, 256, 97]);
});

test("only the first merges are used", () => {
  const bpe = small();
  const at = (step) => encodeBpe(bpe, "low low", { step }).ids;
  assert.deepEqual(at(0), [l, o, w, space, l, o, w]);
  assert.deepEqual(at(1), [l, 256, space, l, 256]);
  assert.deepEqual(at(2), [257, space, 257]);
  assert.deepEqual(at(3), [257, 258]);
});

test("the merges used are told", () => {
  assert.deepEqual([...encodeBpe(small(), "low ow").used].sort(), [0, 1]);
});

test("special tokens are read as such only on request", () => {
  assert.deepEqual(encodeBpe(small(), "low<|end|>", { special: true }).ids, [257, 300]);
  assert.equal(encodeBpe(small(), "<|end|>").ids.length, 7);
});

test("of special tokens the longest wins", () => {
  const pieces = splitSpecials("a<x><x>!b", [["<x>!", 2], ["<x>", 1]]);
  assert.deepEqual(pieces.map(({ text, id }) => [text, id]),
    [["a", null], ["<x>", 1], ["<x>!", 2], ["b", null]]);
});

test("bytes may have ids of their own", () => {
  const base = Array.from({ length: 256 }, (_, i) => 255 - i);
  const bpe = readBpe({ pattern: "[^]", merges: "", made: 256, base: pack(base), specials: [], counts: null });
  assert.deepEqual(encodeBpe(bpe, "a").ids, [255 - 97]);
  assert.deepEqual([...tokenBytes(bpe, 255 - 97)], [97]);
});

test("a token's bytes come from its merges", () => {
  const bpe = small();
  assert.equal(Buffer.from(tokenBytes(bpe, 258)).toString(), " low");
  assert.equal(Buffer.from(tokenBytes(bpe, 300)).toString(), "<|end|>");
});

test("the next step is the next that changes the text", () => {
  assert.deepEqual([0, 3, 4, 9].map((step) => neighbour([2, 3, 8], step, 1, 20)), [3, 4, 9, 20]);
  assert.deepEqual([20, 9, 4, 3].map((step) => neighbour([2, 3, 8], step, -1, 20)), [9, 4, 3, 0]);
});

test("a play takes neither forever nor an instant", () => {
  assert.deepEqual([1, 10_000].map(tempo), [900, 150]);
});

test("a merge is told with its count", () => {
  assert.equal(mergeSentence(small(), 3), "Merge 3 of 3: ' ' + 'low' → ' low', seen 3 times in training");
  assert.equal(mergeSentence(small(), 0), "No merges yet of 3: every token is one byte.");
});
