"use strict";
// The page of vae serve: it shows /model, and asks /score, /encode, /reconstruct and /decode.
const $ = id => document.getElementById(id);
const maxSliders = 64;
let model, code;

function make(tag, text, parent) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (parent) parent.append(e);
  return e;
}

async function ask(path, request) {
  const r = await fetch(path, request && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.error);
  return answer;
}

// trying runs f and shows what is wrong, if anything is.
async function trying(f) {
  $("error").textContent = "";
  try { await f(); } catch (e) { $("error").textContent = e.message; }
}

const format = v => typeof v === "number" ? String(+v.toPrecision(6)) : v === null ? "" : String(v);
const isImage = () => !model.columns && model.input[0] > 1 && [1, 3].includes(model.input[2]);

// show draws a row: an image, or a table of its numbers.
function show(row, caption, parent) {
  const figure = make("figure", undefined, parent);
  if (isImage()) {
    const [height, width, channels] = model.input;
    const canvas = make("canvas", undefined, figure);
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d"), data = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) data.data[4 * i + c] = Math.round(255 * Math.min(Math.max(row[channels === 3 ? 3 * i + c : i], 0), 1));
      data.data[4 * i + 3] = 255;
    }
    context.putImageData(data, 0, 0);
  } else {
    const table = make("table", undefined, figure);
    for (const [name, value] of Object.entries(row).slice(0, 200)) {
      const line = make("tr", undefined, table);
      make("td", name, line);
      make("td", format(value), line).className = "number";
    }
  }
  make("figcaption", caption, figure);
}

// parse is the row of the form: JSON, or numbers between spaces or commas.
function parse(text) {
  text = text.trim();
  if (text.startsWith("[") || text.startsWith("{")) return JSON.parse(text);
  return text.split(/[\s,;]+/).filter(s => s).map(s => isNaN(s) ? s : Number(s));
}

async function reconstruct() {
  const row = parse($("row").value), rows = [row];
  const [made, codes, ...scores] = await Promise.all([
    ask("reconstruct", { rows }), ask("encode", { rows }),
    ...model.scores.map(score => ask("score", score === "bound" ? { rows, score, samples: 50, top: 3 } : { rows, score, top: 3 })),
  ]);
  $("answer").replaceChildren();
  show(row, "given", $("answer"));
  show(made.rows[0], "reconstructed", $("answer"));
  $("scores").replaceChildren();
  for (const s of scores) {
    const line = make("tr", undefined, $("scores"));
    make("td", s.score, line);
    make("td", format(s.rows[0].score), line).className = "number";
    make("td", s.threshold === undefined ? "" : s.rows[0].anomaly ? "anomaly: above " + format(s.threshold) : "normal: up to " + format(s.threshold), line);
    make("td", isImage() ? "" : "most of it: " + s.rows[0].top.map(t => t.column).join(", "), line);
  }
  code = codes.mu[0];
  document.querySelectorAll("#sliders input").forEach((input, i) => { input.value = code[i]; input.nextElementSibling.textContent = format(code[i]); });
  await decode();
}

let decoding, again;
// decode shows what the code stands for; of many moves of a slider the last counts.
async function decode() {
  if (decoding) { again = true; return; }
  decoding = true;
  try {
    do {
      again = false;
      const answer = await ask("decode", { codes: [code] });
      $("decoded").replaceChildren();
      show(answer.rows[0], "decoded", $("decoded"));
      if (model.columns && !$("row").placeholder) // a row to begin with
        $("row").placeholder = JSON.stringify(Object.values(answer.rows[0]).map(v => typeof v === "number" ? +v.toPrecision(4) : v));
    } while (again);
  } finally { decoding = false; }
}

// pixels are those of a file, as numbers from 0 to 1.
async function pixels(file) {
  const [height, width, channels] = model.input, canvas = make("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.drawImage(await createImageBitmap(file), 0, 0, width, height);
  const data = context.getImageData(0, 0, width, height).data, row = [];
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [0, 1, 2].map(c => data[i + c] / 255);
    if (channels === 3) row.push(r, g, b); else row.push(0.299 * r + 0.587 * g + 0.114 * b);
  }
  return row.map(v => +Math.min(v, 1).toFixed(4));
}

async function start() {
  model = await ask("model");
  const [height, width, channels] = model.input, size = height * width * channels;
  const what = isImage() ? `images of ${height}×${width}×${channels}` : model.columns ? `rows of ${model.columns.length} columns` : `rows of ${size} numbers`;
  $("title").textContent = `${model.kind.toUpperCase()} of ${what}`;
  $("about").textContent = `A code of ${model.latent} components, likelihood ${model.likelihood}.`;
  $("given").textContent = isImage() ? "An image" : "A row";
  $("hint").textContent = model.columns ? "The cells in the order " + model.columns.map(c => c.name).join(", ") + ", or an object with these names" : `${size} numbers`;
  $("picker").hidden = !isImage();
  $("weights").textContent = model.weights_sha256;
  for (const l of model.layers) {
    const line = make("tr", undefined, $("layers"));
    for (const text of [l.part, l.kind, l.output]) make("td", text, line);
    make("td", l.weights, line).className = "number";
  }
  code = new Array(model.latent).fill(0);
  for (let i = 0; i < Math.min(model.latent, maxSliders); i++) {
    const label = make("label", i, $("sliders")), input = make("input", undefined, label);
    Object.assign(input, { type: "range", min: -4, max: 4, step: 0.05, value: 0 });
    const value = make("output", "0", label);
    input.addEventListener("input", () => { code[i] = Number(input.value); value.textContent = format(code[i]); trying(decode); });
  }
  $("form").addEventListener("submit", e => { e.preventDefault(); trying(reconstruct); });
  $("file").addEventListener("change", () => trying(async () => {
    $("row").value = (await pixels($("file").files[0])).join(" ");
    await reconstruct();
  }));
  await decode();
}

trying(start);
