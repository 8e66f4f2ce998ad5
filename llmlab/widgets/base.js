// What every widget of the course shares: safe DOM building, keys that stay inside, themes, a
// voice for screen readers, requests where the last one wins, and a model that needs no kernel.
//
// Plain ES module, no dependencies. `base.py` joins it with a widget's other modules into the one
// string that anywidget wants; see `bundle` there for the few forms of import and export allowed.

/**
 * The part of an anywidget model that widgets may use. Colab and VS Code offer all of it.
 * @typedef {object} Model
 * @property {(key: string) => any} get
 * @property {(key: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, callback: (...args: any[]) => void) => void} on
 * @property {(event: string, callback: (...args: any[]) => void) => void} off
 * @property {(message: object) => void} send
 */

export const KERNEL_PATIENCE_MS = 1500;
export const KERNEL_GONE = "Re-run this cell to load data: the kernel has not answered. " +
  "(If it is busy with another cell, the answer comes when that one ends.)";

/**
 * Build an element. Strings become text nodes, so nothing a user types is ever read as HTML.
 * `text` sets the text, `on…` functions listen, `true` sets an empty attribute, `false` none.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * A decorative icon drawn from one SVG path in a 16 × 16 box.
 * @param {string} path
 */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true", fill: "currentColor",
  })) svg.setAttribute(name, value);
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/**
 * Keep keys inside the widget, so that `d d` typed here cannot delete a notebook cell. Tab and
 * Escape still leave, and so does "save".
 * @param {HTMLElement} root
 */
export function guardKeys(root) {
  root.addEventListener("keydown", (event) => {
    const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
    if (event.key === "Tab" || saves) return;
    if (event.key === "Escape") {
      leave(root);
      return;
    }
    event.stopPropagation();
  });
}

/**
 * Give the focus back to what holds the widget (in JupyterLab, the cell).
 * @param {HTMLElement} root
 */
function leave(root) {
  const inside = /** @type {HTMLElement | null} */ (root.ownerDocument.activeElement);
  if (inside && root.contains(inside)) inside.blur();
  const holder = /** @type {HTMLElement | null} */ (root.parentElement?.closest("[tabindex]"));
  holder?.focus({ preventScroll: true });
}

/**
 * Relative luminance (WCAG 2) of a CSS colour as the browser prints it, or null when transparent.
 * @param {string} colour
 * @returns {number | null}
 */
export function luminance(colour) {
  const hex = colour.trim().match(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i);
  let channels = (colour.match(/[\d.]+/g) ?? []).map(Number);
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d) : hex[1].match(/../g);
    channels = (digits ?? []).map((pair) => parseInt(pair, 16));
  } else if (!/^rgba?\(/.test(colour.trim()) || channels[3] === 0) return null;
  if (channels.length < 3) return null;
  const [r, g, b] = channels.slice(0, 3).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * Which theme the page around `root` has: JupyterLab's own colour, else the nearest background
 * that is painted, else what the system prefers.
 * @param {HTMLElement} root
 * @returns {"light" | "dark"}
 */
export function pageTheme(root) {
  const view = root.ownerDocument.defaultView ?? window;
  const jupyter = luminance(view.getComputedStyle(root).getPropertyValue("--jp-layout-color0"));
  if (jupyter !== null) return jupyter < 0.4 ? "dark" : "light";
  for (let node = root.parentElement; node; node = node.parentElement) {
    const painted = luminance(view.getComputedStyle(node).backgroundColor);
    if (painted !== null) return painted < 0.4 ? "dark" : "light";
  }
  return view.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * Keep `data-theme` on `root` equal to the page's theme. Returns a function that stops.
 * @param {HTMLElement} root
 */
export function followTheme(root) {
  const update = () => { root.dataset.theme = pageTheme(root); };
  const preference = window.matchMedia("(prefers-color-scheme: dark)");
  const watcher = new MutationObserver(update);
  for (const node of [document.documentElement, document.body]) {
    watcher.observe(node, { attributes: true });
  }
  preference.addEventListener("change", update);
  update();
  requestAnimationFrame(update); // subtle: the first call may come before the page attaches `root`
  return () => {
    watcher.disconnect();
    preference.removeEventListener("change", update);
  };
}

export const prefersStillness = () =>
  window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Run `action` once, `wait` milliseconds after the last call.
 * @param {(...args: any[]) => void} action
 * @param {number} wait
 */
export function debounce(action, wait) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (/** @type {any[]} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
}

/** Ask the kernel, one request on the way at a time; of those that wait, only the last is sent. */
export class Latest {
  /**
   * @param {(sequence: number, payload: any) => void} post sends one request
   * @param {() => void} onSilence called when there is no answer in time
   * @param {number} patience in milliseconds
   */
  constructor(post, onSilence, patience = KERNEL_PATIENCE_MS) {
    Object.assign(this, { post, onSilence, patience });
    this.sequence = 0;
    this.open = false;
    this.waiting = undefined;
  }

  /** @param {any} payload */
  ask(payload) {
    if (this.open) this.waiting = { payload };
    else this.dispatch(payload);
  }

  /** @param {any} payload */
  dispatch(payload) {
    this.sequence += 1;
    this.open = true;
    this.waiting = undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.giveUp(), this.patience);
    try {
      this.post(this.sequence, payload);
    } catch {
      this.giveUp(); // a closed comm throws at once
    }
  }

  giveUp() {
    clearTimeout(this.timer);
    this.open = false; // the next request is tried anyway: the kernel may be back
    this.onSilence();
  }

  /**
   * Note an answer; true when it answers the latest wish, so that it may be shown.
   * @param {number} sequence
   */
  settle(sequence) {
    if (sequence !== this.sequence) return false;
    clearTimeout(this.timer);
    this.open = false;
    if (!this.waiting) return true;
    this.dispatch(this.waiting.payload);
    return false;
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** The model of a page without a kernel: the same calls, kept in memory. */
export class StaticModel {
  /** @param {Record<string, any>} state */
  constructor(state) {
    this.state = { ...state };
    this.isStatic = true;
    /** @type {Map<string, Set<(...args: any[]) => void>>} */
    this.listeners = new Map();
  }

  /** @param {string} key */
  get(key) {
    return this.state[key];
  }

  /** @param {string} key @param {any} value */
  set(key, value) {
    if (Object.is(this.state[key], value)) return;
    this.state[key] = value;
    for (const callback of this.listeners.get(`change:${key}`) ?? []) callback();
  }

  save_changes() {}

  /** @param {string} event @param {(...args: any[]) => void} callback */
  on(event, callback) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event)?.add(callback);
  }

  /** @param {string} event @param {(...args: any[]) => void} callback */
  off(event, callback) {
    this.listeners.get(event)?.delete(callback);
  }

  /** Nobody listens: a widget asks `isStatic` first and says so. */
  send() {}
}

/**
 * Open a widget's root inside `host`, with everything in place that all widgets need.
 * @param {Model} model
 * @param {HTMLElement} host
 * @param {string} label what a screen reader calls the widget
 */
export function openRoot(model, host, label) {
  const voice = element("div", { class: "ll-voice", role: "status", "aria-live": "polite" });
  const root = element("section", { class: "llmlab", "aria-label": label }, voice);
  /** @type {(() => void)[]} */
  const closers = [];
  host.append(root);
  guardKeys(root);
  closers.push(followTheme(root));
  return {
    root,
    /** @param {string} text */
    say(text) { voice.textContent = text; },
    /** Tests wait for this attribute, never for time. @param {string} value */
    ready(value) { root.dataset.ready = value; },
    /** @param {string} event @param {(...args: any[]) => void} callback */
    listen(event, callback) {
      model.on(event, callback);
      closers.push(() => model.off(event, callback));
    },
    /** @param {HTMLElement} node @param {() => void} callback */
    onResize(node, callback) {
      const watcher = new ResizeObserver(callback);
      watcher.observe(node);
      closers.push(() => watcher.disconnect());
    },
    /** @param {() => void} closer */
    onClose(closer) { closers.push(closer); },
    close() {
      for (const closer of closers.splice(0)) closer();
      root.remove();
    },
  };
}

/**
 * Bring a page without a kernel to life. `key` names the host by a data attribute, not by an id:
 * the same output may stand on a page twice, and each copy takes the first host still untouched.
 * @param {{render: (context: {model: any, el: HTMLElement}) => any}} widget
 * @param {string} key
 */
export function mountStatic(widget, key) {
  const host = /** @type {HTMLElement | null} */ (
    document.querySelector(`[data-llmlab-static="${key}"]:not([data-mounted])`));
  const state = host?.querySelector('script[type="application/json"]')?.textContent;
  if (!host || !state) return;
  host.dataset.mounted = "";
  host.replaceChildren();
  widget.render({ model: new StaticModel(JSON.parse(state)), el: host });
}
