// Byte-level BPE in the browser: the same ids as llmlab.tokenizer.BPE, so that a page without a
// kernel can tokenise what a reader types, and can do it with only the first k merges.
// Pure: no DOM. The merges come packed from token_data.py.

const PAIR_BASE = 2 ** 26; // an id fits below it, a pair of ids in a double's 53 bits
const CACHE_LIMIT = 20000;
const LONG = 64; // tokens; beyond it, a list of places is faster than going over the word again

/**
 * A tokenizer as token_data.pack_bpe sends it. Numbers are little-endian, in base64.
 * @typedef {object} PackedBpe
 * @property {string} pattern a JavaScript regular expression (flag u) that cuts text into pieces
 * @property {string} merges pairs of ids, uint32
 * @property {number | string} made the id that merge 0 makes (then counting up), or all as uint32
 * @property {string | null} base the ids of bytes 0–255 as uint32; null: each byte is its own id
 * @property {[string, number][]} specials text and id, longest text first
 * @property {number[] | null} counts how often each merge's pair occurred in training
 */

/**
 * @typedef {object} Bpe
 * @property {RegExp} pattern
 * @property {Uint32Array} base
 * @property {Uint32Array} left
 * @property {Uint32Array} right
 * @property {Uint32Array} made
 * @property {Map<number, number>} ranks pair → rank
 * @property {Map<number, number>} madeBy id → rank of the first merge that makes it
 * @property {[string, number][]} specials
 * @property {number[] | null} counts
 * @property {Map<string, {ids: number[], used: number[]}>} cache of pieces at `cacheStep`
 * @property {number} cacheStep
 * @property {Map<number, Uint8Array>} bytesOf
 */

/** @param {string} text @returns {Uint8Array} */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @param {string} text @returns {Uint32Array} */
export function unpack32(text) {
  const bytes = fromBase64(text);
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

/** @param {string} text @returns {Uint16Array} */
export function unpack16(text) {
  const bytes = fromBase64(text);
  const view = new DataView(bytes.buffer);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
}

/** @param {PackedBpe} packed @returns {Bpe} */
export function readBpe(packed) {
  const pairs = unpack32(packed.merges);
  const n = pairs.length / 2;
  const left = new Uint32Array(n), right = new Uint32Array(n);
  const { made: first } = packed;
  const made = typeof first === "number"
    ? Uint32Array.from({ length: n }, (_, i) => first + i)
    : unpack32(first);
  const ranks = new Map(), madeBy = new Map();
  for (let rank = 0; rank < n; rank += 1) {
    left[rank] = pairs[2 * rank];
    right[rank] = pairs[2 * rank + 1];
    const key = left[rank] * PAIR_BASE + right[rank];
    if (!ranks.has(key)) ranks.set(key, rank);
    if (!madeBy.has(made[rank])) madeBy.set(made[rank], rank);
  }
  return {
    pattern: new RegExp(packed.pattern, "gu"),
    base: packed.base ? unpack32(packed.base) : Uint32Array.from({ length: 256 }, (_, i) => i),
    left, right, made, ranks, madeBy,
    specials: packed.specials, counts: packed.counts,
    cache: new Map(), cacheStep: -1, bytesOf: new Map(),
  };
}

/**
 * The pair in `ids` with the lowest rank below `step`, or -1 when there is none.
 * @param {Bpe} bpe @param {number[]} ids @param {number} step
 */
function lowestRank(bpe, ids, step) {
  let best = step;
  for (let i = 0; i + 1 < ids.length; i += 1) {
    const rank = bpe.ranks.get(ids[i] * PAIR_BASE + ids[i + 1]);
    if (rank !== undefined && rank < best) best = rank;
  }
  return best < step ? best : -1;
}

/**
 * Merge every occurrence of a rank's pair, left to right, none overlapping.
 * @param {Bpe} bpe @param {number[]} ids @param {number} rank
 */
function merge(bpe, ids, rank) {
  const merged = [];
  for (let i = 0; i < ids.length; i += 1) {
    const fits = ids[i] === bpe.left[rank] && ids[i + 1] === bpe.right[rank];
    merged.push(fits ? bpe.made[rank] : ids[i]);
    if (fits) i += 1;
  }
  return merged;
}

/** @param {Bpe} bpe @param {number[]} ids @param {number} step */
function mergeShort(bpe, ids, step) {
  const used = [];
  for (let rank = lowestRank(bpe, ids, step); rank >= 0; rank = lowestRank(bpe, ids, step)) {
    ids = merge(bpe, ids, rank);
    used.push(rank);
  }
  return { ids, used };
}

/**
 * Do what `merge` after `merge` does, in time that grows with the length of the word: for each
 * rank a list of the places where its pair stands, or stood.
 * @param {Bpe} bpe @param {number[]} ids @param {number} step
 */
function mergeLong(bpe, ids, step) {
  const n = ids.length, token = [...ids], used = [];
  const after = Int32Array.from({ length: n }, (_, i) => i + 1);
  const before = Int32Array.from({ length: n }, (_, i) => i - 1);
  /** @type {number[][]} */
  const places = [];
  let rank = 0;
  const offer = (/** @type {number} */ i) => {
    if (i < 0 || after[i] >= n) return;
    const found = bpe.ranks.get(token[i] * PAIR_BASE + token[after[i]]);
    if (found === undefined || found >= step) return;
    (places[found] ??= []).push(i);
    rank = Math.min(rank, found - 1); // only merges in a strange order lead back
  };
  for (let i = 0; i < n; i += 1) offer(i);
  for (rank = 0; rank < step; rank += 1) {
    if (!places[rank]) continue;
    const merged = [];
    for (const i of places[rank].sort((a, b) => a - b)) {
      const j = after[i];
      if (token[i] !== bpe.left[rank] || token[j] !== bpe.right[rank]) continue; // merged before
      [token[i], token[j]] = [bpe.made[rank], -1];
      after[i] = after[j];
      if (after[i] < n) before[after[i]] = i;
      merged.push(i);
    }
    if (merged.length) used.push(rank);
    places[rank] = [];
    // subtle: all pairs of one rank go before any that they give rise to, as in the plain loop.
    for (const i of merged) {
      offer(before[i]);
      offer(i);
    }
  }
  return { ids: token.filter((id) => id >= 0), used };
}

/**
 * Encode one piece with the first `step` merges; `used` lists the ranks in order of use.
 * @param {Bpe} bpe @param {string} piece @param {number} step
 */
export function encodePiece(bpe, piece, step) {
  if (bpe.cacheStep !== step || bpe.cache.size > CACHE_LIMIT) {
    bpe.cache.clear();
    bpe.cacheStep = step;
  }
  const known = bpe.cache.get(piece);
  if (known) return known;
  const ids = Array.from(new TextEncoder().encode(piece), (byte) => bpe.base[byte]);
  const answer = ids.length > LONG ? mergeLong(bpe, ids, step) : mergeShort(bpe, ids, step);
  bpe.cache.set(piece, answer);
  return answer;
}

/**
 * Cut out special tokens: at each place the longest that fits.
 * @param {string} text @param {[string, number][]} specials longest first
 * @returns {{text: string, id: number | null}[]}
 */
export function splitSpecials(text, specials) {
  const pieces = [];
  let start = 0;
  while (start < text.length) {
    let at = text.length, found = null;
    for (const [name, id] of specials) {
      const place = text.indexOf(name, start);
      if (place >= 0 && place < at) [at, found] = [place, { text: name, id }];
    }
    if (at > start) pieces.push({ text: text.slice(start, at), id: null });
    if (found) pieces.push(found);
    start = at + (found ? found.text.length : 0);
  }
  return pieces;
}

/**
 * Encode text. With `special`, special tokens are read as such.
 * @param {Bpe} bpe @param {string} text
 * @param {{step?: number, special?: boolean}} [options]
 * @returns {{ids: number[], used: Set<number>}}
 */
export function encodeBpe(bpe, text, { step = bpe.made.length, special = false } = {}) {
  const ids = [], used = new Set();
  const parts = special ? splitSpecials(text, bpe.specials) : [{ text, id: null }];
  for (const part of parts) {
    if (part.id !== null) {
      ids.push(part.id);
      continue;
    }
    for (const [piece] of part.text.matchAll(bpe.pattern)) {
      const encoded = encodePiece(bpe, piece, step);
      for (const id of encoded.ids) ids.push(id);
      for (const rank of encoded.used) used.add(rank);
    }
  }
  return { ids, used };
}

/**
 * The bytes that an id stands for, worked out from the merges that made it.
 * @param {Bpe} bpe @param {number} id @returns {Uint8Array}
 */
export function tokenBytes(bpe, id) {
  const known = bpe.bytesOf.get(id);
  if (known) return known;
  const special = bpe.specials.find(([, specialId]) => specialId === id);
  const rank = bpe.madeBy.get(id);
  /** @type {Uint8Array} */
  let bytes;
  if (special) bytes = new TextEncoder().encode(special[0]);
  else if (rank === undefined) bytes = Uint8Array.of(bpe.base.indexOf(id));
  else {
    const left = tokenBytes(bpe, bpe.left[rank]), right = tokenBytes(bpe, bpe.right[rank]);
    bytes = Uint8Array.of(...left, ...right);
  }
  bpe.bytesOf.set(id, bytes);
  return bytes;
}

/**
 * A text tokenised by Python.
 * @typedef {{ids: string, lengths: string, stream: string | null}} Packed
 */

/** @typedef {import("./tokens.js").Encoded} Encoded */

/** @param {Packed} packed @param {Uint8Array} textBytes @returns {Encoded} */
export function unpackEncoded(packed, textBytes) {
  const lengths = unpack16(packed.lengths);
  let end = 0;
  return {
    ids: unpack32(packed.ids),
    ends: Array.from(lengths, (length) => (end += length)),
    bytes: packed.stream === null ? textBytes : fromBase64(packed.stream),
    lossless: packed.stream === null,
  };
}

/**
 * Put our own ids beside the text: where each token ends.
 * @param {Bpe} bpe @param {number[]} ids @param {Uint8Array} textBytes
 * @returns {Encoded}
 */
export function locate(bpe, ids, textBytes) {
  let end = 0;
  const ends = ids.map((id) => (end += tokenBytes(bpe, id).length));
  return { ids, ends, bytes: textBytes, lossless: true };
}
