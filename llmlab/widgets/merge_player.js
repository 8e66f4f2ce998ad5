// The merge player: play the merges of BPE one by one and watch the tokens grow. It knows ranks,
// not texts; the explorer redraws the text for the step it is told.
import { element, icon, prefersStillness } from "./base.js";
import { tokenBytes } from "./bpe.js";
import { grouped, parts, quoted, decodeText } from "./tokens.js";

/** @typedef {import("./bpe.js").Bpe} Bpe */
/** @typedef {{name: string, letter: string, bpe: Bpe}} Playable */

const WHOLE_PLAY_MS = 14000; // aim: all merges of the text in about this long
const [FASTEST_MS, SLOWEST_MS] = [150, 900];
const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};

/**
 * The next step after (1) or before (-1) `step` that changes the text, else the end of the line.
 * `used` are the ranks of the merges used, sorted; a step is a rank plus one.
 * @param {number[]} used @param {number} step @param {number} direction @param {number} total
 */
export function neighbour(used, step, direction, total) {
  if (direction > 0) {
    const rank = used.find((candidate) => candidate + 1 > step);
    return rank === undefined ? total : rank + 1;
  }
  const rank = used.findLast((candidate) => candidate + 1 < step);
  return rank === undefined ? 0 : rank + 1;
}

/** Milliseconds per step so that a whole play takes about the same time. @param {number} steps */
export const tempo = (steps) =>
  Math.max(FASTEST_MS, Math.min(SLOWEST_MS, WHOLE_PLAY_MS / Math.max(1, steps)));

/** One merge in words. @param {Bpe} bpe @param {number} step */
export function mergeSentence(bpe, step) {
  const total = bpe.made.length;
  if (step <= 0) return `No merges yet of ${grouped(total)}: every token is one byte.`;
  const rank = Math.min(step, total) - 1;
  const text = (/** @type {number} */ id) => quoted(decodeText(tokenBytes(bpe, id)));
  const count = bpe.counts?.[rank];
  const seen = count == null ? "" : `, seen ${grouped(count)} times in training`;
  return `Merge ${grouped(rank + 1)} of ${grouped(total)}: ${text(bpe.left[rank])} + ` +
    `${text(bpe.right[rank])} → ${text(bpe.made[rank])}${seen}`;
}

/** @param {Uint8Array} bytes @param {string} [extra] */
const chip = (bytes, extra = "") => element("span", { class: `ll-chip ${extra}` },
  ...parts(bytes).map(({ kind, text }) => element("bdi", { class: `ll-as-${kind}`, text })));

export class MergePlayer {
  /**
   * @param {Playable[]} players
   * @param {(step: number) => void} onStep the reader wants this step
   * @param {(text: string) => void} say
   */
  constructor(players, onStep, say) {
    this.players = players;
    this.onStep = onStep;
    this.say = say;
    this.total = Math.max(...players.map(({ bpe }) => bpe.made.length));
    this.step = this.total;
    /** @type {number[]} */
    this.used = [];
    this.skip = /** @type {HTMLInputElement} */ (
      element("input", { type: "checkbox", checked: true }));
    this.slider = /** @type {HTMLInputElement} */ (element("input", {
      type: "range", min: 0, max: this.total, step: 1, "aria-label": "Number of merges",
      oninput: () => this.go(Number(this.slider.value)),
    }));
    this.uses = element("span");
    this.cards = element("div", { class: "ll-merges" });
    this.ticks = this.drawTicks();
    this.root = this.build();
  }

  build() {
    const button = (/** @type {string} */ label, /** @type {string} */ path, /** @type {() => void} */ act) =>
      element("button", { type: "button", "aria-label": label, title: label, onclick: act },
        icon(path));
    this.toggle = button("Play", ICONS.play, () => this.flip());
    const root = element("div", { class: "ll-player", role: "group", "aria-label": "Merge player" },
      element("div", { class: "ll-bar" },
        element("span", { class: "ll-title", text: "Merges" }),
        element("span", { class: "ll-buttons" },
          button("No merges", ICONS.first, () => this.go(0)),
          button("Previous merge", ICONS.back, () => this.move(-1)),
          this.toggle,
          button("Next merge", ICONS.next, () => this.move(1)),
          button("All merges", ICONS.last, () => this.go(this.total))),
        element("label", { class: "ll-skip" }, this.skip, this.uses)),
      element("div", { class: "ll-track" }, this.ticks, this.slider),
      this.cards);
    this.slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.flip();
    });
    return root;
  }

  /** Where on the slider the text's merges lie; told in words by the cards. */
  drawTicks() {
    const ticks = icon("");
    ticks.setAttribute("class", "ll-ticks");
    ticks.setAttribute("preserveAspectRatio", "none");
    ticks.setAttribute("viewBox", `0 0 ${this.total} 1`);
    for (const name of ["width", "height"]) ticks.removeAttribute(name);
    return ticks;
  }

  /**
   * Show a step and the merges that the text uses; tells nobody.
   * @param {number} step @param {number[]} [used] sorted ranks
   */
  show(step, used = this.used) {
    this.step = step;
    this.used = used;
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", this.sentence());
    this.ticks.firstElementChild?.setAttribute("d", used.map((rank) => `M${rank + 1} 0V1`).join(""));
    this.skip.hidden = this.skip.disabled = !used.length;
    this.uses.textContent = used.length
      ? `only the ${grouped(used.length)} that this text uses` : "this text uses none of them";
    this.cards.replaceChildren(...this.players.map((player) => this.drawCard(player)));
  }

  sentence() {
    const several = this.players.length > 1;
    return this.players.map(({ name, bpe }) =>
      `${several ? `${name}: ` : ""}${mergeSentence(bpe, this.step)}`).join(". ");
  }

  /** @param {Playable} player */
  drawCard({ letter, bpe }) {
    const total = bpe.made.length, rank = Math.min(this.step, total) - 1;
    const card = element("p", { class: "ll-merge" });
    if (this.players.length > 1) {
      card.append(element("span", { class: "ll-letter", "aria-hidden": "true", text: letter }));
    }
    if (rank < 0) {
      card.append(mergeSentence(bpe, 0));
      return card;
    }
    const count = bpe.counts?.[rank];
    card.append(
      element("span", { class: "ll-rank" }, "Merge ", element("b", { text: grouped(rank + 1) }),
        ` of ${grouped(total)}`),
      element("span", { class: "ll-sum" },
        chip(tokenBytes(bpe, bpe.left[rank])), " + ", chip(tokenBytes(bpe, bpe.right[rank])), " → ",
        chip(tokenBytes(bpe, bpe.made[rank]), "ll-fresh")),
      element("span", { class: "ll-count", text: `id ${bpe.made[rank]}` }));
    if (count != null) {
      card.append(element("span", { class: "ll-count", text: `seen ${grouped(count)} times in training` }));
    }
    return card;
  }

  /** @param {number} direction 1 or -1 */
  move(direction) {
    this.go(this.target(direction));
    this.say(this.sentence());
  }

  /** Whether to pass over merges that the text does not use. */
  skips() {
    return this.skip.checked && this.used.length > 0;
  }

  /** @param {number} direction */
  target(direction) {
    return this.skips()
      ? neighbour(this.used, this.step, direction, this.total)
      : Math.max(0, Math.min(this.total, this.step + direction));
  }

  /** Go somewhere because the reader said so; playing ends. @param {number} step */
  go(step) {
    this.pause();
    this.onStep(step);
  }

  flip() {
    if (this.timer) this.pause();
    else this.play();
  }

  play() {
    if (this.step >= this.total) this.onStep(0);
    const steps = this.skips() ? this.used.length : this.total;
    const wait = prefersStillness() ? SLOWEST_MS : tempo(steps);
    this.timer = setInterval(() => {
      this.onStep(this.target(1));
      if (this.step >= this.total) this.pause();
    }, wait);
    this.face("Pause", ICONS.pause);
  }

  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.face("Play", ICONS.play);
    this.say(this.sentence());
  }

  close() {
    clearInterval(this.timer);
  }

  /** @param {string} label @param {string} path */
  face(label, path) {
    this.toggle?.setAttribute("aria-label", label);
    this.toggle?.setAttribute("title", label);
    this.toggle?.replaceChildren(icon(path));
  }
}
