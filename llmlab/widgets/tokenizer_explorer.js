// The TokenizerExplorer: type, and see what tokenizers make of it. This module puts the pieces
// together and keeps them in step with Python; bpe.js and tokens.js do the thinking.
import { KERNEL_GONE, Latest, debounce, element, openRoot } from "./base.js";
import { encodeBpe, locate, readBpe, unpackEncoded } from "./bpe.js";
import { countSentence, drawComparison } from "./comparison.js";
import { buildControls } from "./controls.js";
import { MergePlayer } from "./merge_player.js";
import { TokenPanel } from "./token_panel.js";
import {
  cut, describe, graphemeStarts, grouped, startOf, tokenAt, wellFormed, wordNumbers,
} from "./tokens.js";

/** @typedef {import("./base.js").Model} Model */
/** @typedef {import("./tokens.js").Encoded} Encoded */
/** @typedef {import("./bpe.js").Bpe} Bpe */

/**
 * What Python tells about one tokenizer.
 * @typedef {{name: string, size: number, bpe: import("./bpe.js").PackedBpe | null}} Spec
 */

/**
 * One tokenizer on the page. `shown` is what its panel shows; `stale` means that Python still owes
 * the tokens of the present text.
 * @typedef {object} Column
 * @property {Spec} spec
 * @property {string} letter
 * @property {Bpe | null} bpe null: Python does the tokenising
 * @property {TokenPanel} panel
 * @property {Latest | null} latest
 * @property {Encoded | null} shown
 * @property {boolean} stale
 * @property {boolean} [gone] whether the kernel has stopped answering
 * @property {string} [shownFor] what `shown` is the answer to
 */

const SLOW_MS = 24; // a redraw that takes longer is put off while the reader goes on
const SPEAK_AFTER_MS = 900;
const COMMIT_AFTER_MS = 120;

class Explorer {
  /** @param {Model & {isStatic?: boolean}} model @param {HTMLElement} host */
  constructor(model, host) {
    this.model = model;
    this.stage = openRoot(model, host, "Tokenizer explorer");
    this.limit = model.get("limit");
    this.cost = 0; // milliseconds of the last redraw
    /** @type {{column: Column, index: number} | null} */
    this.picked = null;
    this.commit = debounce(() => {
      this.model.save_changes();
      delete this.stage.root.dataset.unsaved;
    }, COMMIT_AFTER_MS);
    this.speakCount = debounce(() => {
      if (this.counts().length) this.stage.say(countSentence(this.counts()));
    }, SPEAK_AFTER_MS);
    /** @type {Column[]} */
    this.columns = model.get("panels").map((/** @type {Spec} */ spec, /** @type {number} */ i) =>
      this.openColumn(spec, String.fromCharCode(65 + i)));
    this.readText(model.get("text"));
    this.build();
    this.step = this.boundStep(model.get("step"));
    this.follow();
    this.redraw();
    this.readSelection();
  }

  /** @param {Spec} spec @param {string} letter @returns {Column} */
  openColumn(spec, letter) {
    /** @type {any} */
    const column = { spec, letter, bpe: spec.bpe && readBpe(spec.bpe), shown: null, stale: true };
    column.panel = new TokenPanel(spec, letter, {
      onPoint: (index) => this.point(column, index),
      onSelect: (index) => this.pick(column, index),
    });
    column.latest = column.bpe ? null : new Latest(
      (sequence, wish) => this.model.send({ type: "encode", name: spec.name, sequence, ...wish }),
      () => this.onSilence(column));
    this.stage.onResize(column.panel.root, () => column.panel.hint());
    this.stage.onClose(() => column.latest?.stop());
    return column;
  }

  build() {
    const players = this.columns.flatMap(({ spec, letter, bpe }) =>
      bpe?.made.length ? [{ name: spec.name, letter, bpe }] : []);
    const step = (/** @type {number} */ wanted) => this.goTo(wanted);
    this.player = players.length ? new MergePlayer(players, step, this.stage.say) : null;
    this.stage.onClose(() => this.player?.close());
    this.area = /** @type {HTMLTextAreaElement} */ (element("textarea", {
      class: "ll-input", rows: 2, spellcheck: "false", dir: "auto",
      "aria-label": "Text to tokenize", oninput: () => this.onInput(),
    }));
    this.area.value = this.text;
    this.warning = element("p", { class: "ll-note" });
    this.verdict = element("div", { class: "ll-verdict" });
    this.special = /** @type {HTMLInputElement} */ (element("input", {
      type: "checkbox", checked: Boolean(this.model.get("special")),
      onchange: () => this.onSpecial(),
    }));
    const controls = buildControls(this.model.get("examples"), this.stage.root, this.special,
      (text) => this.onExample(text));
    this.stage.root.append(
      this.area, this.warning, controls,
      ...(this.player ? [this.player.root] : []),
      ...(this.columns.length > 1 ? [this.verdict] : []),
      element("div", { class: "ll-panels" }, ...this.columns.map(({ panel }) => panel.root)));
  }

  /** Follow what Python sets. */
  follow() {
    const on = (/** @type {string} */ key, /** @type {(value: any) => void} */ act) =>
      this.stage.listen(`change:${key}`, () => act(this.model.get(key)));
    on("text", (text) => text !== this.text && this.setText(text));
    on("step", (step) => this.boundStep(step) !== this.step && this.setStep(this.boundStep(step)));
    on("special", (special) => {
      if (special === this.special.checked) return;
      this.special.checked = special;
      this.redraw();
    });
    on("selection", () => this.readSelection());
    on("active", () => this.readSelection());
    this.stage.listen("msg:custom", (message) => this.onMessage(message));
  }

  /** Set traits here and, a moment later, in Python. @param {Record<string, any>} traits */
  tell(traits) {
    for (const [key, value] of Object.entries(traits)) this.model.set(key, value);
    this.stage.root.dataset.unsaved = ""; // tests wait until it is gone
    this.commit();
  }

  onInput() {
    const text = cut(this.area.value, this.limit);
    this.readText(text);
    this.warning.textContent = text.length < this.area.value.length
      ? `Only the first ${grouped(this.limit)} bytes of this text are used.` : "";
    this.unpick();
    this.tell({ text: this.text });
    this.draw();
    this.speakCount();
  }

  /** @param {string} text */
  onExample(text) {
    this.setText(text);
    this.tell({ text: this.text });
    this.speakCount();
  }

  onSpecial() {
    this.unpick();
    this.tell({ special: this.special.checked });
    this.redraw();
    this.speakCount();
  }

  /** @param {string} text */
  setText(text) {
    this.readText(text);
    this.area.value = this.text;
    this.warning.textContent = "";
    this.unpick();
    this.redraw();
  }

  /** @param {string} text */
  readText(text) {
    this.text = wellFormed(text);
    this.bytes = new TextEncoder().encode(this.text);
    this.starts = graphemeStarts(this.text);
    this.words = wordNumbers(this.bytes);
  }

  /** @param {number | null} step null: all merges */
  boundStep(step) {
    const total = this.player?.total ?? 0;
    return Math.max(0, Math.min(total, step ?? total));
  }

  /** The reader wants a step. @param {number} step */
  goTo(step) {
    this.setStep(step);
    this.tell({ step });
  }

  /** @param {number} step */
  setStep(step) {
    this.step = step;
    this.player?.show(step); // at once, even where the text takes longer
    this.draw();
  }

  /** Redraw now, or a little later when the last time was slow. */
  draw() {
    if (this.pending) return; // it will draw what is true then
    if (this.cost < SLOW_MS) {
      this.redraw();
      return;
    }
    this.stage.ready("drawing");
    this.pending = setTimeout(() => this.redraw(), Math.min(400, this.cost));
  }

  redraw() {
    clearTimeout(this.pending);
    this.pending = undefined;
    const began = performance.now();
    const place = this.pickedPlace();
    for (const column of this.columns) {
      if (column.bpe) this.encodeHere(column, column.bpe);
      else this.encodeInPython(column);
    }
    this.player?.show(this.step, this.usedRanks());
    this.repick(place);
    this.conclude();
    this.cost = performance.now() - began;
  }

  usedRanks() {
    const special = this.special.checked, key = `${special} ${this.text}`;
    if (key !== this.usedFor) {
      const used = new Set();
      for (const { bpe } of this.columns) {
        if (bpe) for (const rank of encodeBpe(bpe, this.text, { special }).used) used.add(rank);
      }
      this.used = [...used].sort((a, b) => a - b);
      this.usedFor = key;
    }
    return this.used;
  }

  /** @param {Column} column @param {Bpe} bpe */
  encodeHere(column, bpe) {
    const total = bpe.made.length, { step } = this;
    const { ids } = encodeBpe(bpe, this.text, {
      step: Math.min(step, total), special: this.special.checked,
    });
    const playing = step > 0 && step <= total && step < (this.player?.total ?? 0);
    column.panel.sizeWithout(Math.max(0, total - step));
    this.present(column, locate(bpe, ids, this.bytes), playing ? bpe.made[step - 1] : null);
  }

  /** @param {Column} column */
  encodeInPython(column) {
    const { name, size } = column.spec, special = this.special.checked;
    if (column.shownFor === `${special} ${this.text}`) return;
    const known = (this.model.get("encoded") ?? []).find((/** @type {any} */ entry) =>
      entry.name === name && entry.text === this.text && entry.special === special);
    if (known) this.present(column, unpackEncoded(known, this.bytes), null);
    else {
      column.stale = true;
      if (!this.model.isStatic) column.latest?.ask({ text: this.text, special });
      else {
        const note = `This page has no kernel, and the vocabulary of ${name} ` +
          `(${grouped(size)} tokens) stays in Python. Still shown: the last text that was ` +
          "tokenized beforehand. Run the notebook to tokenize your own.";
        column.panel.explain(note, true);
        this.stage.say(note);
      }
    }
  }

  /** @param {Column} column @param {Encoded} encoded @param {number | null} fresh */
  present(column, encoded, fresh) {
    const { lossless } = encoded;
    column.shown = encoded;
    column.shownFor = `${this.special.checked} ${this.text}`;
    column.stale = false;
    column.panel.explain(lossless ? "" : "This tokenizer does not keep all of the text: " +
      "its tokens, joined, are not what was typed.", false);
    column.panel.show({
      encoded, text: this.text, fresh,
      starts: lossless ? this.starts : null,
      words: lossless ? this.words : new Uint32Array(0),
    });
  }

  /** @param {Column} column */
  onSilence(column) {
    column.panel.explain(KERNEL_GONE, true);
    this.stage.say(KERNEL_GONE);
    column.gone = true;
    this.conclude();
  }

  /** @param {any} message */
  onMessage(message) {
    const column = this.columns.find(({ spec }) => spec.name === message?.name);
    if (message?.type !== "encoded" || !column?.latest?.settle(message.sequence)) return;
    column.gone = false;
    if (message.error) column.panel.explain(message.error, true);
    else this.present(column, unpackEncoded(message, this.bytes), null);
    if (this.picked?.column !== column) this.readSelection();
    this.conclude();
  }

  // Selection: one token in one panel; the others light up what covers the same bytes.

  unpick() {
    for (const { panel } of this.columns) panel.cursor = 0;
    if (this.picked) this.tell({ selection: null });
    this.picked = null;
  }

  /** The reader selects a token. @param {Column} column @param {number} index */
  pick(column, index) {
    this.picked = { column, index };
    this.tell({ active: column.spec.name, selection: index });
    this.paintPicked();
    if (column.shown) this.stage.say(describe(column.shown, index, this.startsOf(column)));
  }

  /** Python selects a token. */
  readSelection() {
    const index = this.model.get("selection"), name = this.model.get("active");
    const column = this.columns.find(({ spec }) => spec.name === name) ?? this.columns[0];
    const known = index !== null && index !== undefined && index < (column.shown?.ids.length ?? 0);
    this.picked = known ? { column, index } : null;
    this.paintPicked();
  }

  /** @param {Column} column */
  startsOf(column) {
    return column.shown?.lossless ? this.starts : null;
  }

  /** The byte where the selected token begins. */
  pickedPlace() {
    const shown = this.picked?.column.shown;
    return this.picked && shown ? startOf(shown, this.picked.index) : null;
  }

  /** After a redraw, select the token that now holds the same byte. @param {number | null} place */
  repick(place) {
    const shown = this.picked?.column.shown;
    if (!this.picked || place === null || !shown) return;
    const index = tokenAt(shown, place);
    if (index !== this.picked.index) {
      this.picked.index = Math.max(0, index);
      this.tell({ selection: this.picked.index });
    }
    this.paintPicked();
  }

  paintPicked() {
    for (const column of this.columns) {
      column.panel.select(column === this.picked?.column ? this.picked.index : null);
    }
    this.echo(this.picked);
  }

  /** @param {Column} column @param {number | null} index */
  point(column, index) {
    column.panel.point(index);
    this.echo(index === null ? this.picked : { column, index });
  }

  /** @param {{column: Column, index: number} | null} source */
  echo(source) {
    const shown = source?.column.shown;
    /** @type {[number, number] | null} */
    const span = source && shown?.lossless && !source.column.stale
      ? [startOf(shown, source.index), shown.ends[source.index]] : null;
    for (const column of this.columns) {
      column.panel.echo(column === source?.column || column.stale ? null : span);
    }
  }

  // What is said about all panels together.

  counts() {
    return this.columns.flatMap(({ letter, spec, shown, stale }) =>
      shown && !stale ? [{ letter, name: spec.name, tokens: shown.ids.length }] : []);
  }

  conclude() {
    this.verdict.replaceChildren(...drawComparison(this.counts()));
    const states = this.columns.map(({ letter, stale, shown, gone }) =>
      `${letter}:${stale ? (gone || this.model.isStatic ? "none" : "wait") : shown?.ids.length}`);
    this.stage.ready(`${states.join(" ")} step:${this.step}`);
  }

  close() {
    clearTimeout(this.pending);
    this.stage.close();
  }
}

/** @param {{model: Model, el: HTMLElement}} context */
export function render({ model, el }) {
  const explorer = new Explorer(model, el);
  return () => explorer.close();
}

export default { render };
