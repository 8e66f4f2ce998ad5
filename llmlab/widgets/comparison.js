// Several tokenizers on one text: a bar each, and the difference in a sentence.
import { element } from "./base.js";
import { grouped } from "./tokens.js";

/** @typedef {{letter: string, name: string, tokens: number}} Count */

/** @param {Count[]} counts */
export const countSentence = (counts) =>
  counts.map(({ name, tokens }) => `${name}: ${grouped(tokens)} tokens`).join(", ");

/** Two tokenizers in one sentence. @param {Count} one @param {Count} other */
export function compare(one, other) {
  if (one.tokens === other.tokens) {
    return `${one.name} and ${other.name} need the same number of tokens.`;
  }
  const [less, more] = one.tokens < other.tokens ? [one, other] : [other, one];
  const fewer = more.tokens - less.tokens;
  const share = ((100 * fewer) / more.tokens).toFixed(0);
  return `${less.name} needs ${grouped(fewer)} token${fewer === 1 ? "" : "s"} fewer than ` +
    `${more.name} (−${share} %).`;
}

/** @param {Count} count @param {number} most the tokens of the longest bar */
function drawBar({ letter, name, tokens }, most) {
  const bar = element("span", { class: "ll-fill" });
  bar.style.width = `${(100 * tokens) / Math.max(1, most)}%`;
  return element("div", { class: "ll-row", "aria-hidden": "true" },
    element("span", { class: "ll-letter", text: letter }),
    element("span", { class: "ll-row-name", text: name }),
    element("span", { class: "ll-gauge" }, bar),
    element("b", { text: grouped(tokens) }));
}

/** Nothing for fewer than two. @param {Count[]} counts */
export function drawComparison(counts) {
  if (counts.length < 2) return [];
  const most = Math.max(...counts.map(({ tokens }) => tokens));
  const sentence = counts.length === 2 ? compare(counts[0], counts[1]) : countSentence(counts);
  return [...counts.map((count) => drawBar(count, most)), element("p", { text: sentence })];
}
