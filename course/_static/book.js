// The book's behaviour: figures are drawn when they come into view, and quizzes answer.
// Plain JavaScript from local files; without it the tables and folded answers remain.

const assets = new URL(".", document.currentScript.src);

/** Load plotly's one file the first time that it is needed. */
let loading;
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("plotly.min.js", assets);
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The colours of the page, as changes to a layout: its text, its lines, no background. */
function themed(layout) {
  const text = colour("--pst-color-text-base");
  const lines = colour("--pst-color-border");
  const axis = { gridcolor: lines, linecolor: lines, zerolinecolor: lines };
  return {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { ...layout.font, color: text, family: "inherit", size: 14 },
    xaxis: { ...layout.xaxis, ...axis, automargin: true },
    yaxis: { ...layout.yaxis, ...axis, automargin: true },
    margin: { l: 10, r: 24, t: 16, b: 40 },
    legend: { ...layout.legend, orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    hoverlabel: { bgcolor: colour("--pst-color-surface"), font: { color: text } },
    autosize: true,
  };
}

async function draw(figure) {
  const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
  const drawing = figure.querySelector(".llmlab-drawing");
  const options = { displayModeBar: false, responsive: true };
  await (await plotly()).react(drawing, data, themed(layout), options);
  figure.dataset.ready = "yes";
}

function figures() {
  const all = [...document.querySelectorAll(".llmlab-figure")];
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
        seen.unobserve(target);
        draw(target);
      }
    },
    { rootMargin: "400px" },
  );
  all.forEach((figure) => seen.observe(figure));
  const again = () => all.filter((figure) => figure.dataset.ready).forEach(draw);
  new MutationObserver(again).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
}

/** Say what a choice means as soon as it is made; a wrong one may be changed. */
function quizzes() {
  for (const form of document.querySelectorAll(".llmlab-quiz")) {
    form.classList.add("live");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => {
      const right = target.dataset.right === "1";
      const field = target.closest("fieldset");
      field.dataset.verdict = right ? "right" : "wrong";
      field.querySelector(".llmlab-verdict").textContent =
        (right ? "✓ Yes. " : "✗ Not quite. ") + target.dataset.says;
    });
  }
}

figures();
quizzes();
