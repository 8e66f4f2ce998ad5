// The row under the text: example texts, and what to show of the tokens.
import { element } from "./base.js";

/**
 * A checkbox that hides something by a class on the root while it is not checked.
 * @param {HTMLElement} root @param {string} text @param {string} hidden
 */
function shows(root, text, hidden) {
  const box = /** @type {HTMLInputElement} */ (element("input", {
    type: "checkbox", checked: true,
    onchange: () => root.classList.toggle(hidden, !box.checked),
  }));
  return element("label", {}, box, text);
}

/**
 * @param {Record<string, string>} examples texts by the names of their buttons
 * @param {HTMLElement} root the widget's
 * @param {HTMLInputElement} special the checkbox for special tokens
 * @param {(text: string) => void} onExample
 */
export function buildControls(examples, root, special, onExample) {
  const buttons = Object.entries(examples ?? {}).map(([name, text]) =>
    element("button", { type: "button", text: name, onclick: () => onExample(text) }));
  return element("div", { class: "ll-controls" },
    element("div", { class: "ll-examples", role: "group", "aria-label": "Examples" }, ...buttons),
    element("div", { class: "ll-toggles", role: "group", "aria-label": "Show" },
      shows(root, "white space", "ll-no-marks"), shows(root, "ids", "ll-no-ids"),
      shows(root, "bytes", "ll-no-bytes"),
      element("label", { title: "Read <|endoftext|> and its like as one token each" },
        special, "special tokens")));
}
