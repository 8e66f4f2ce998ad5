// From ids and bytes to what a reader sees: characters that several tokens share, marks for what
// is invisible, colours by word, and sentences. Pure: no DOM.

export const HUES = 5;

/**
 * One tokenised text. Token i stands for bytes[ends[i - 1] … ends[i]].
 * @typedef {object} Encoded
 * @property {ArrayLike<number>} ids
 * @property {ArrayLike<number>} ends
 * @property {Uint8Array} bytes the tokens' bytes, joined
 * @property {boolean} lossless whether `bytes` is the text itself
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Lone surrogates become U+FFFD, as they would in UTF-8. @param {string} text */
export const wellFormed = (text) => lenient.decode(encoder.encode(text));

/**
 * Cut text to a number of UTF-8 bytes, between characters.
 * @param {string} text @param {number} limit
 */
export function cut(text, limit) {
  const bytes = encoder.encode(text);
  if (bytes.length <= limit) return text;
  let end = limit;
  while ((bytes[end] & 0xc0) === 0x80) end -= 1;
  return lenient.decode(bytes.subarray(0, end));
}

/** @param {Uint8Array} bytes */
export const decodeText = (bytes) => lenient.decode(bytes);

/** @param {ArrayLike<number>} bytes */
export const hex = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");

/** @param {number} value */
export const grouped = (value) => value.toLocaleString("en-US");

/** @param {Encoded} encoded @param {number} index */
export const startOf = (encoded, index) => (index > 0 ? encoded.ends[index - 1] : 0);

/** @param {Encoded} encoded @param {number} index */
export const bytesAt = (encoded, index) =>
  encoded.bytes.subarray(startOf(encoded, index), encoded.ends[index]);

/**
 * The token that holds a byte (binary search), or -1.
 * @param {Encoded} encoded @param {number} offset
 */
export function tokenAt(encoded, offset) {
  let low = 0, high = encoded.ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (encoded.ends[middle] > offset) high = middle;
    else low = middle + 1;
  }
  return low < encoded.ends.length ? low : -1;
}

/** UTF-8 length of a code point. @param {number} point */
const width = (point) => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** @param {string} text */
function byteLength(text) {
  let total = 0;
  for (const character of text) total += width(/** @type {number} */ (character.codePointAt(0)));
  return total;
}

const STRETCH = 200; // Intl.Segmenter slows down with the square of the length it is given

/**
 * The characters that a reader sees (grapheme clusters), one after the other.
 * @param {string} text
 * @returns {Generator<string>}
 */
function* graphemes(text) {
  if (typeof Intl === "undefined" || !("Segmenter" in Intl)) {
    yield* text;
    return;
  }
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (let start = 0; start < text.length;) {
    const stretch = text.slice(start, start + STRETCH);
    const found = Array.from(segmenter.segment(stretch), ({ segment }) => segment);
    // subtle: the last one may go on behind the stretch, so the next stretch begins with it.
    if (found.length > 1 && start + STRETCH < text.length) found.pop();
    for (const segment of found) start += segment.length;
    yield* found;
  }
}

/**
 * Mark the bytes where a reader's character begins; one more mark at the end.
 * @param {string} text
 * @returns {Uint8Array} 1 at each beginning
 */
export function graphemeStarts(text) {
  const starts = new Uint8Array(byteLength(text) + 1);
  if (/^[\n\t -~]*$/.test(text)) return starts.fill(1);
  let offset = 0;
  for (const segment of graphemes(text)) {
    starts[offset] = 1;
    offset += byteLength(segment);
  }
  starts[offset] = 1;
  return starts;
}

/**
 * Runs of tokens that share a character: each run begins and ends between characters.
 * @param {Encoded} encoded @param {Uint8Array | null} starts from graphemeStarts; null: no sharing
 * @param {number} from first token @param {number} to one past the last
 * @returns {[number, number][]} half-open runs of token indices
 */
export function shared(encoded, starts, from, to) {
  /** @type {[number, number][]} */
  const runs = [];
  let first = from;
  for (let i = from; i < to; i += 1) {
    if (starts && !starts[encoded.ends[i]] && i + 1 < to) continue;
    runs.push([first, i + 1]);
    first = i + 1;
  }
  return runs;
}

/**
 * The number of the word that each byte belongs to; the space before a word belongs to it.
 * Two tokenizers thus give the same colour to the same stretch of text.
 * @param {Uint8Array} bytes
 * @returns {Uint32Array}
 */
export function wordNumbers(bytes) {
  const numbers = new Uint32Array(bytes.length);
  const space = (/** @type {number} */ byte) => byte === 32 || (byte >= 9 && byte <= 13);
  let word = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    if (i > 0 && space(bytes[i]) && !space(bytes[i - 1])) word += 1;
    numbers[i] = word;
  }
  return numbers;
}

/** Whether a token goes on with the word before it: `##ing`. @param {Uint8Array} bytes */
const continues = (bytes) => bytes.length > 2 && bytes[0] === 35 && bytes[1] === 35;

/**
 * The colour class of tokens from…to: hue by word, shade by the token's place inside the word.
 * Where the tokens are not the text, a word is a token and those that continue it.
 * @param {Encoded} encoded @param {Uint32Array} words @param {number} from @param {number} to
 */
export function tints(encoded, words, from, to) {
  const classes = [];
  let word = -1, place = 0;
  for (let i = from; i < to; i += 1) {
    const here = encoded.lossless ? words[startOf(encoded, i)]
      : word + (continues(bytesAt(encoded, i)) ? 0 : 1);
    place = here === word ? place + 1 : 0;
    word = here;
    classes.push(`ll-hue${Math.max(0, word) % HUES}${place % 2 ? " ll-deep" : ""}`);
  }
  return classes;
}

const JOINER = /[\u200c\u200d\ufe00-\ufe0f]/; // shape their neighbours; invisible on purpose
const MARKS = new Map([[" ", "·"], ["\n", "⏎"], ["\t", "⇥"], ["\r", "␍"]]);
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u00a0\u2000-\u200a\u202f\u205f\u3000\u3164\ufe00-\ufe0f]/u;

/**
 * @typedef {{kind: "text" | "mark" | "code" | "hex", text: string}} Part
 */

/**
 * What to draw for a token's bytes: text, marks for white space, U+… for the invisible, a dotted
 * circle under a lone combining mark, and plain hexadecimal for pieces of a character.
 * @param {Uint8Array} bytes
 * @returns {Part[]}
 */
export function parts(bytes) {
  /** @type {Part[]} */
  const found = [];
  const add = (/** @type {Part["kind"]} */ kind, /** @type {string} */ text) => {
    const last = found[found.length - 1];
    if (last && last.kind === kind && kind !== "code") last.text += (kind === "hex" ? " " : "") + text;
    else found.push({ kind, text });
  };
  const all = characters(bytes);
  for (const [i, character] of all.entries()) {
    const joins = i > 0 && typeof all[i - 1] === "string" && JOINER.test(String(character));
    if (typeof character === "number") add("hex", hex([character]));
    else if (joins) add("text", character);
    else if (MARKS.has(character)) add("mark", /** @type {string} */ (MARKS.get(character)));
    else if (UNSEEN.test(character)) add("code", codePoint(character));
    else add("text", character);
  }
  const first = found[0];
  if (first?.kind === "text" && /^\p{M}/u.test(first.text)) first.text = `◌${first.text}`;
  return found;
}

/** @param {string} character */
const codePoint = (character) =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/**
 * Whole characters as strings, stray bytes as numbers.
 * @param {Uint8Array} bytes
 * @returns {(string | number)[]}
 */
export function characters(bytes) {
  const found = [];
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i];
    const size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    const whole = size > 0 && i + size <= bytes.length ? tryDecode(bytes.subarray(i, i + size)) : null;
    found.push(whole ?? lead);
    i += whole === null ? 1 : size;
  }
  return found;
}

/** @param {Uint8Array} bytes */
function tryDecode(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Quoted as a reader would: ' the' or '\\n'. @param {string} text */
export const quoted = (text) =>
  `'${text.replace(/\n/g, "\\n").replace(/\t/g, "\\t").replace(/\r/g, "\\r")}'`;

/**
 * What a token stands for, in words: " the" or "part of '🙂'".
 * @param {Encoded} encoded @param {number} index @param {Uint8Array | null} starts
 */
export function meaning(encoded, index, starts) {
  const bytes = bytesAt(encoded, index);
  if (!characters(bytes).some((character) => typeof character === "number")) {
    return quoted(decodeText(bytes));
  }
  if (!starts) return "part of a character";
  let from = startOf(encoded, index), to = encoded.ends[index];
  while (from > 0 && !starts[from]) from -= 1;
  while (to < encoded.bytes.length && !starts[to]) to += 1;
  return `part of ${quoted(decodeText(encoded.bytes.subarray(from, to)))}`;
}

/**
 * The sentence that is spoken and shown: "token 5 of 12: ' the', id 262, bytes 20 74 68 65".
 * @param {Encoded} encoded @param {number} index @param {Uint8Array | null} [starts]
 */
export function describe(encoded, index, starts = null) {
  return `token ${index + 1} of ${encoded.ids.length}: ${meaning(encoded, index, starts)}, ` +
    `id ${encoded.ids[index]}, bytes ${hex(bytesAt(encoded, index))}`;
}

/**
 * How many tokens, and how much text each carries on average.
 * @param {Encoded} encoded @param {string} text
 */
export function measure(encoded, text) {
  const tokens = encoded.ids.length;
  const characterCount = [...text].length, bytes = byteLength(text);
  return {
    tokens,
    charactersPerToken: tokens ? characterCount / tokens : 0,
    bytesPerToken: tokens ? bytes / tokens : 0,
  };
}
