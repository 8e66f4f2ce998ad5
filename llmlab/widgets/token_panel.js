// One tokenizer's view of the text: three lanes (tokens, ids, bytes) that answer to each other,
// one page of tokens at a time, and the same as a table. Keys: arrows, Home, End.
import { element } from "./base.js";
import {
  bytesAt, decodeText, describe, grouped, hex, meaning, measure, parts, shared, startOf, tints,
  tokenAt,
} from "./tokens.js";

/**
 * A tokenised text, ready to be drawn.
 * @typedef {object} View
 * @property {import("./tokens.js").Encoded} encoded
 * @property {string} text
 * @property {Uint8Array | null} starts where characters begin; null when the bytes are not the text
 * @property {Uint32Array} words the word of each byte
 * @property {number | null} fresh the id that the latest merge made
 */

export const PAGE = 1000; // tokens drawn at once: enough to read, few enough to stay quick
const RIGHT_TO_LEFT =
  /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** The token that an event happened on, or null. @param {Event} event */
function indexOf(event) {
  const item = /** @type {Element} */ (event.target).closest("[data-token]");
  return item ? Number(item.getAttribute("data-token")) : null;
}

/** @param {string} value @param {string} unit */
const figure = (value, unit) => element("span", {}, element("b", { text: value }), ` ${unit}`);

export class TokenPanel {
  /**
   * @param {{name: string, size: number}} spec
   * @param {string} letter tells panels apart without colour
   * @param {{onPoint: (index: number | null) => void, onSelect: (index: number) => void}} events
   */
  constructor(spec, letter, events) {
    this.name = spec.name;
    this.vocabulary = spec.size;
    this.events = events;
    /** @type {View | null} */
    this.view = null;
    this.from = 0; // the first token of the page
    this.cursor = 0; // the token that Tab leads to
    this.marked = new Map(); // class → the tokens that carry it
    this.lanes = {
      text: element("div", {
        class: "ll-lane ll-text", role: "listbox", "aria-orientation": "horizontal",
        "aria-label": `Tokens of ${spec.name}`,
      }),
      ids: element("div", { class: "ll-lane ll-ids", "aria-hidden": "true" }),
      bytes: element("div", { class: "ll-lane ll-bytes", "aria-hidden": "true" }),
    };
    this.size = element("span", { class: "ll-size" });
    this.figures = element("p", { class: "ll-figures" });
    this.note = element("p", { class: "ll-note" });
    this.look = element("p", { class: "ll-look" });
    this.pager = element("div", { class: "ll-pager" });
    this.table = element("details", { class: "ll-table", ontoggle: () => this.drawTable() },
      element("summary", { text: "The same as a table" }));
    this.root = this.build(spec, letter);
    this.sizeWithout(0);
    this.listen();
  }

  /** @param {{name: string}} spec @param {string} letter */
  build({ name }, letter) {
    const caption = (/** @type {string} */ text) => element("p", { class: "ll-caption" }, text,
      element("span", { class: "ll-hint", "aria-hidden": "true", text: "scroll for more ↓" }));
    const frame = (/** @type {HTMLElement} */ lane) => element("div", { class: "ll-frame" }, lane);
    return element("div", { class: "ll-panel", role: "group", "aria-label": `Tokenizer ${name}` },
      element("div", { class: "ll-head" },
        element("span", { class: "ll-letter", "aria-hidden": "true", text: letter }),
        element("span", { class: "ll-name", role: "heading", "aria-level": "4", text: name }),
        this.size),
      this.figures, this.note, frame(this.lanes.text), this.pager, this.look,
      element("div", { class: "ll-with-ids" },
        caption("Ids: what the model reads"), frame(this.lanes.ids)),
      element("div", { class: "ll-with-bytes" },
        caption("Bytes: what the ids stand for"), frame(this.lanes.bytes)),
      this.table);
  }

  listen() {
    const { text } = this.lanes;
    for (const lane of Object.values(this.lanes)) {
      lane.addEventListener("pointerover", (event) => this.events.onPoint(indexOf(event)));
      lane.addEventListener("pointerleave", () => this.events.onPoint(null));
      lane.addEventListener("scroll", () => this.hint(), { passive: true });
      lane.addEventListener("click", (event) => {
        const index = indexOf(event);
        if (index !== null) this.choose(index, lane === text);
      });
    }
    text.addEventListener("keydown", (event) => this.onKey(event));
    text.addEventListener("focusin", (event) => {
      const index = indexOf(event);
      if (index !== null && index !== this.selected()) this.choose(index, false);
    });
  }

  /** Say how large the vocabulary is while some merges are to come. @param {number} coming */
  sizeWithout(coming) {
    const all = grouped(this.vocabulary);
    this.size.textContent = coming
      ? `vocabulary so far: ${grouped(this.vocabulary - coming)} of ${all}` : `vocabulary of ${all}`;
  }

  /** Show which lanes go on below what is seen. */
  hint() {
    for (const lane of Object.values(this.lanes)) {
      const below = lane.scrollHeight - lane.clientHeight - lane.scrollTop;
      const frame = /** @type {HTMLElement} */ (lane.parentElement);
      frame.classList.toggle("ll-more", below > 3);
      frame.previousElementSibling?.classList.toggle("ll-more", below > 3);
    }
  }

  selected() {
    return this.marked.get("ll-selected")?.[0] ?? null;
  }

  /** @param {View} view */
  show(view) {
    const followed = this.lanes.text.contains(document.activeElement);
    this.view = view;
    const n = view.encoded.ids.length;
    this.cursor = Math.max(0, Math.min(this.cursor, n - 1));
    this.from = PAGE * Math.floor(this.cursor / PAGE);
    this.draw();
    if (followed) this.chip(this.cursor)?.focus({ preventScroll: true });
  }

  /**
   * Say something about the tokens shown; `stale`: they are not those of the text.
   * @param {string} text @param {boolean} stale
   */
  explain(text, stale) {
    if (this.note.textContent !== text) this.note.textContent = text;
    this.root.classList.toggle("ll-stale", stale);
  }

  draw() {
    this.marked.clear();
    this.drawFigures();
    this.drawLanes();
    this.drawPager();
    this.drawTable();
    this.point(null);
    requestAnimationFrame(() => this.hint()); // subtle: measured here, the page is laid out twice
  }

  drawFigures() {
    if (!this.view) return;
    const { tokens, bytesPerToken, charactersPerToken } =
      measure(this.view.encoded, this.view.text);
    this.figures.replaceChildren(
      figure(grouped(tokens), tokens === 1 ? "token" : "tokens"),
      figure(charactersPerToken.toFixed(2), "characters per token"),
      figure(bytesPerToken.toFixed(2), "bytes per token"));
  }

  /** One past the last token of the page. */
  to() {
    return Math.min(this.from + PAGE, this.view?.encoded.ids.length ?? 0);
  }

  drawLanes() {
    if (!this.view) return;
    const { encoded, starts, words, text } = this.view;
    const { from } = this, to = this.to();
    const classes = tints(encoded, words, from, to);
    const runs = shared(encoded, starts, from, to);
    this.lanes.text.dir = RIGHT_TO_LEFT.test(text) ? "rtl" : "ltr";
    this.lanes.text.replaceChildren(...runs.flatMap((run) => this.drawRun(run, classes)));
    const item = (/** @type {number} */ i, /** @type {string} */ label) =>
      element("span", { class: `ll-item ${classes[i - from]}`, "data-token": i, text: label });
    const indices = Array.from({ length: to - from }, (_, k) => from + k);
    this.lanes.ids.replaceChildren(...indices.map((i) => item(i, String(encoded.ids[i]))));
    this.lanes.bytes.replaceChildren(...indices.map((i) => item(i, hex(bytesAt(encoded, i)))));
  }

  /** @param {[number, number]} run @param {string[]} classes */
  drawRun([first, end], classes) {
    const { encoded } = /** @type {View} */ (this.view);
    const chips = [];
    for (let i = first; i < end; i += 1) chips.push(this.drawChip(i, classes[i - this.from]));
    const bytes = encoded.bytes.subarray(startOf(encoded, first), encoded.ends[end - 1]);
    const drawn = end - first === 1 ? chips[0] : this.drawCluster(bytes, chips);
    return bytes.includes(10) ? [drawn, element("br")] : [drawn];
  }

  /**
   * Several tokens that share a character: the character, and its tokens below it.
   * @param {Uint8Array} bytes @param {HTMLElement[]} chips
   */
  drawCluster(bytes, chips) {
    const whole = decodeText(bytes).trim();
    return element("span", {
      class: "ll-cluster", role: "group", "aria-label": `${whole} in ${chips.length} tokens`,
    }, element("bdi", { class: "ll-whole", "aria-hidden": "true", text: whole }),
    element("span", { class: "ll-shares", role: "presentation" }, ...chips));
  }

  /** @param {number} index @param {string} tint */
  drawChip(index, tint) {
    const { encoded, starts, fresh } = /** @type {View} */ (this.view);
    const marks = parts(bytesAt(encoded, index)).map(({ kind, text }) =>
      element(kind === "text" ? "bdi" : "span", { class: `ll-as-${kind}`, text }));
    const isFresh = encoded.ids[index] === fresh;
    return element("span", {
      class: `ll-chip ${tint}${isFresh ? " ll-fresh" : ""}`, role: "option",
      "aria-selected": "false", "aria-label": meaning(encoded, index, starts),
      "aria-posinset": index + 1, "aria-setsize": encoded.ids.length,
      "data-token": index, tabindex: index === this.cursor ? "0" : "-1",
    }, ...marks);
  }

  drawPager() {
    const n = this.view?.encoded.ids.length ?? 0;
    if (n <= PAGE) {
      this.pager.replaceChildren();
      return;
    }
    const turn = (/** @type {string} */ text, /** @type {number} */ to) => element("button", {
      type: "button", text, disabled: to < 0 || to >= n, onclick: () => this.turnTo(to),
    });
    this.pager.replaceChildren(
      turn("Earlier", this.from - PAGE),
      element("span", {
        text: `Tokens ${grouped(this.from + 1)}–${grouped(this.to())} of ${grouped(n)} are drawn; ` +
          "the figures count them all.",
      }),
      turn("Later", this.from + PAGE));
  }

  /** @param {number} index the token to begin with */
  turnTo(index) {
    this.cursor = index;
    this.from = PAGE * Math.floor(index / PAGE);
    this.draw();
  }

  drawTable() {
    if (!this.view || !(/** @type {HTMLDetailsElement} */ (this.table).open)) return;
    const { encoded, starts } = this.view;
    const row = (/** @type {string} */ tag, /** @type {string[]} */ cells) =>
      element("tr", {}, ...cells.map((text) => element(tag, { text })));
    const rows = [];
    for (let i = this.from; i < this.to(); i += 1) {
      rows.push(row("td", [String(i + 1), meaning(encoded, i, starts), String(encoded.ids[i]),
        hex(bytesAt(encoded, i))]));
    }
    this.table.querySelector("table")?.remove();
    this.table.append(element("table", {},
      element("thead", {}, row("th", ["Place", "Token", "Id", "Bytes"])),
      element("tbody", {}, ...rows)));
  }

  /** @param {number} index */
  chip(index) {
    return /** @type {HTMLElement | null} */ (
      this.lanes.text.querySelector(`[data-token="${index}"]`));
  }

  /**
   * Make tokens, and no others, carry a class in all three lanes.
   * @param {string} name @param {number[]} indices
   */
  mark(name, indices) {
    const paint = (/** @type {number[]} */ list, /** @type {boolean} */ on) => {
      for (const index of list) {
        for (const lane of Object.values(this.lanes)) {
          const item = lane.querySelector(`[data-token="${index}"]`);
          item?.classList.toggle(name, on);
          if (name === "ll-selected" && lane === this.lanes.text) {
            item?.setAttribute("aria-selected", String(on));
          }
        }
      }
    };
    paint(this.marked.get(name) ?? [], false);
    paint(indices, true);
    this.marked.set(name, indices);
  }

  /** Show a token that the pointer is on (null: none). @param {number | null} index */
  point(index) {
    this.mark("ll-pointed", index === null ? [] : [index]);
    const shown = index ?? this.selected();
    this.look.textContent = shown === null || !this.view
      ? "Point at a token, or press ← and → inside the text."
      : describe(this.view.encoded, shown, this.view.starts);
  }

  /** Select without telling anybody (null: nothing). @param {number | null} index */
  select(index) {
    if (index !== null && (index < this.from || index >= this.to())) this.turnTo(index);
    this.mark("ll-selected", index === null ? [] : [index]);
    if (index !== null) {
      const before = this.chip(this.cursor);
      if (before) before.tabIndex = -1;
      this.cursor = index;
      const now = this.chip(index);
      if (now) now.tabIndex = 0;
    }
    this.point(null);
  }

  /** Select, as the reader wished. @param {number} index @param {boolean} focus */
  choose(index, focus) {
    this.select(index);
    this.events.onSelect(index);
    if (focus) this.chip(index)?.focus({ preventScroll: true });
  }

  /**
   * Light up the tokens that cover some bytes of the text (null: none).
   * @param {[number, number] | null} span
   */
  echo(span) {
    const tokens = [];
    if (span && this.view?.encoded.lossless) {
      for (let i = tokenAt(this.view.encoded, span[0]); i >= 0 && i < this.to(); i += 1) {
        if (startOf(this.view.encoded, i) >= span[1]) break;
        tokens.push(i);
      }
    }
    this.mark("ll-echo", tokens);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const n = this.view?.encoded.ids.length ?? 0;
    if (!n || event.ctrlKey || event.metaKey || event.altKey) return;
    const ahead = this.lanes.text.dir === "rtl" ? -1 : 1;
    /** @type {Record<string, () => number>} */
    const moves = {
      ArrowRight: () => this.cursor + ahead,
      ArrowLeft: () => this.cursor - ahead,
      ArrowDown: () => this.nextLine(1),
      ArrowUp: () => this.nextLine(-1),
      Home: () => 0,
      End: () => n - 1,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    this.choose(Math.max(0, Math.min(n - 1, move())), true);
    this.chip(this.cursor)?.scrollIntoView({ block: "nearest" });
  }

  /**
   * The token nearest below (1) or above (-1) the cursor, as lines are drawn.
   * @param {number} direction
   */
  nextLine(direction) {
    const here = this.chip(this.cursor)?.getBoundingClientRect();
    if (!here) return this.cursor;
    let line = 0, best = this.cursor, nearest = Infinity;
    for (let i = this.cursor + direction; i >= this.from && i < this.to(); i += direction) {
      const box = this.chip(i)?.getBoundingClientRect();
      if (!box) break;
      const away = direction * (box.top - here.top);
      if (away < here.height / 2) continue;
      if (line && away > line + here.height / 2) break;
      line ||= away;
      const aside = Math.abs(box.left + box.width / 2 - here.left - here.width / 2);
      if (aside < nearest) [nearest, best] = [aside, i];
    }
    return best;
  }
}
