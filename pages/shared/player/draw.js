// Canvas panels of the player. Each takes the run, the step and the theme's colours, and paints; nothing here
// knows about time, buttons or Streamlit.

const ROW = 18;
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const short = (x) => !Number.isFinite(x) ? "–" : x === 0 ? "0" : Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 1 ? x.toFixed(2) : Math.abs(x) >= 0.001 ? x.toFixed(4).replace(/0$/, "") : x.toExponential(1);

function decode(text, Kind) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

// Half-precision numbers, as single ones.
function decodeHalf(text) {
  const bits = decode(text, Uint16Array), out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = bits[i] & 0x8000 ? -1 : 1, power = (bits[i] >> 10) & 31, rest = bits[i] & 1023;
    out[i] = power === 0 ? sign * rest * 2 ** -24 : power === 31 ? (rest ? NaN : sign * Infinity) : sign * (1 + rest / 1024) * 2 ** (power - 15);
  }
  return out;
}

function palette(host) {
  const style = getComputedStyle(host);
  const get = (name) => style.getPropertyValue(name).trim();
  return {
    text: get("--st-text-color"), faint: get("--st-gray-text-color") || get("--st-gray-color"), line: get("--st-border-color"),
    back: get("--st-background-color"), panel: get("--st-secondary-background-color"), accent: get("--st-link-color"),
    true: get("--st-blue-color"), target: get("--st-orange-color"), other: get("--st-gray-color"),
    fell: get("--st-green-color"), rose: get("--st-red-color"), none: get("--st-gray-color"), start: get("--st-gray-color"),
    best: get("--st-violet-color"), font: get("--st-font") || "sans-serif",
    zoom: parseFloat(getComputedStyle(document.documentElement).fontSize) / 16, // canvases grow with the type of the page, as on a projector
  };
}

const pixels = (theme) => (window.devicePixelRatio || 1) * theme.zoom;

// Sizes a canvas to its width (measured elsewhere) and the given height, in CSS pixels before zoom; a clean context.
function prepare(canvas, width, height, theme) {
  const ratio = pixels(theme);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = height * theme.zoom + "px";
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.font = `12px ${theme.font}`;
  ctx.textBaseline = "middle";
  return ctx;
}

// Role by shape as well as by colour: true labels are circles, targets triangles, the rest squares.
function mark(ctx, role, x, y, size, filled, colour, back) {
  ctx.beginPath();
  if (role === "true") ctx.arc(x, y, size, 0, 7);
  else if (role === "target") { ctx.moveTo(x, y - size * 1.15); ctx.lineTo(x + size * 1.1, y + size * 0.85); ctx.lineTo(x - size * 1.1, y + size * 0.85); ctx.closePath(); }
  else ctx.rect(x - size * 0.8, y - size * 0.8, size * 1.6, size * 1.6);
  ctx.lineWidth = 1.6;
  ctx.strokeStyle = colour;
  ctx.fillStyle = filled ? colour : back;
  ctx.fill();
  ctx.stroke();
}

function clip(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && ctx.measureText(text.slice(0, end) + "…").width > width) end--;
  return text.slice(0, end) + "…";
}

function vertical(ctx, x, top, bottom, colour, dash, width) {
  ctx.save();
  ctx.setLineDash(dash || []);
  ctx.lineWidth = width || 1;
  ctx.strokeStyle = colour;
  ctx.beginPath(); ctx.moveTo(x, top); ctx.lineTo(x, bottom); ctx.stroke();
  ctx.restore();
}

// Says so where a search finds no row.
function nothing(ctx, theme, y) {
  ctx.fillStyle = theme.faint; ctx.textAlign = "left"; ctx.fillText("No such row.", 4, y);
}

// `view` holds the numbers of the rows that are drawn, `span` the logits they reach.
function drawLabels(canvas, width, run, view, span, step, theme, scale) {
  const rows = run.rows.length, height = Math.max(view.length, 1) * ROW + 34, top = 24;
  const ctx = prepare(canvas, width, height, theme);
  if (!view.length) { nothing(ctx, theme, top + ROW / 2); return; }
  const left = Math.min(120, width * 0.3), right = width - 62, reach = right - left - 12;
  const at = (s) => left + 6 + reach * Math.max(0, Math.min(1, scale === "logit" ? (s - span[0]) / (span[1] - span[0]) : sigmoid(s)));
  const base = step * rows, kth = run.kth[step];
  view.forEach((i, place) => {
    const row = run.rows[i], y = top + place * ROW + ROW / 2, now = run.scores[base + i], clean = run.scores[i], inside = run.ranks[base + i] <= run.k;
    if (inside) { ctx.fillStyle = theme.panel; ctx.fillRect(0, y - ROW / 2, width, ROW); }
    ctx.strokeStyle = theme.line; ctx.lineWidth = 1;
    ctx.beginPath(); ctx.moveTo(left, y); ctx.lineTo(right, y); ctx.stroke();
    const colour = theme[row.role];
    ctx.strokeStyle = colour; ctx.lineWidth = 3; ctx.globalAlpha = 0.55;
    ctx.beginPath(); ctx.moveTo(at(clean), y); ctx.lineTo(at(now), y); ctx.stroke();
    ctx.globalAlpha = 1;
    mark(ctx, row.role, at(clean), y, 3.6, false, colour, theme.back);
    mark(ctx, row.role, at(now), y, 4.6, true, colour, theme.back);
    ctx.textAlign = "right"; ctx.fillStyle = row.role === "other" ? theme.text : colour;
    ctx.font = `${row.role === "other" ? "" : "600 "}12px ${theme.font}`;
    ctx.fillText(clip(ctx, row.name, left - 20), left - 8, y);
    ctx.font = `12px ${theme.font}`; ctx.fillStyle = theme.text; ctx.textAlign = "left";
    ctx.fillText(scale === "logit" ? now.toFixed(1) : sigmoid(now).toFixed(2), right + 6, y);
    ctx.fillStyle = inside ? theme.text : theme.faint; ctx.textAlign = "right";
    ctx.fillText("#" + run.ranks[base + i], width - 2, y);
  });
  const half = at(0), line = at(kth), bottom = height - 8;
  vertical(ctx, half, top - 4, bottom, theme.faint, [3, 3]);
  vertical(ctx, line, top - 4, bottom, theme.accent, [], 1.6);
  ctx.font = `11px ${theme.font}`; ctx.textAlign = "center";
  ctx.fillStyle = theme.faint; ctx.fillText(scale === "logit" ? "0 (= 0.5)" : "0.5", half, 8);
  const name = "top " + run.k, near = Math.abs(half - line) < 44;
  ctx.fillStyle = theme.accent; ctx.fillText(name, Math.min(line + (near ? (line < half ? -34 : 34) : 0), right - 8), 8);
}

function drawSlack(canvas, width, run, view, step, theme) {
  const rows = run.bars.length, height = Math.max(view.length, 1) * ROW + 34, top = 24;
  const ctx = prepare(canvas, width, height, theme);
  if (!view.length) { nothing(ctx, theme, top + ROW / 2); return; }
  const left = Math.min(190, width * 0.4), gap = 14, weightWidth = Math.max(70, (width - left) * 0.28);
  const slackEnd = width - weightWidth - gap, span = slackEnd - left - 44, weightLeft = slackEnd + gap, weightSpan = weightWidth - 38;
  const epsilon = run.epsilon[step], unit = run.unit, most = Math.max(run.most, 1e-9);
  const at = (s) => left + span * (unit > 0 ? Math.log1p(s / unit) / Math.log1p(most / unit) : s / most);
  ctx.font = `11px ${theme.font}`; ctx.fillStyle = theme.faint; ctx.textAlign = "left";
  ctx.fillText("slack", left, 8); ctx.fillText("weight", weightLeft, 8);
  ctx.font = `12px ${theme.font}`;
  const numbers = []; // written last, above the line of epsilon
  view.forEach((i, place) => {
    const bar = run.bars[i], y = top + place * ROW + ROW / 2, slack = run.slack[step * rows + i], weight = run.weights[step * rows + i] / 255, value = run.values[step * rows + i];
    const open = value < run.margin, met = value >= 0;
    const colour = theme[bar.role];
    mark(ctx, bar.role, 7, y, 3.6, true, colour, theme.back);
    ctx.textAlign = "left"; ctx.fillStyle = open ? theme.text : theme.faint;
    ctx.fillText(clip(ctx, bar.name + " " + bar.wants, left - 24), 18, y);
    ctx.fillStyle = theme.panel; ctx.fillRect(left, y - 5, span, 10);
    ctx.fillStyle = colour;
    if (met) ctx.globalAlpha = 0.45;
    if (open) ctx.fillRect(left, y - 5, Math.max(2, at(slack) - left), 10);
    ctx.globalAlpha = 1;
    numbers.push([(met ? "✓ " : "") + (open ? short(slack) : "met"), open ? Math.min(at(slack) + 5, left + span + 4) : left + 5, y, met]);
    ctx.fillStyle = theme.panel; ctx.fillRect(weightLeft, y - 5, weightSpan, 10);
    ctx.fillStyle = colour; ctx.globalAlpha = open ? 1 : 0.3;
    ctx.fillRect(weightLeft, y - 5, weightSpan * weight, 10); ctx.globalAlpha = 1;
    ctx.fillStyle = theme.faint; ctx.fillText(weight.toFixed(2), weightLeft + weightSpan + 5, y);
  });
  if (Number.isFinite(epsilon)) {
    const x = Math.min(at(epsilon), left + span);
    vertical(ctx, x, top - 4, height - 8, theme.rose, [4, 3], 1.6);
    ctx.font = `11px ${theme.font}`; ctx.fillStyle = theme.rose; ctx.textAlign = "left";
    ctx.fillText("ε " + short(epsilon), Math.max(x + 3, left + 32), 8);
  }
  ctx.font = `12px ${theme.font}`; ctx.textAlign = "left"; ctx.lineJoin = "round"; ctx.lineWidth = 4;
  for (const [text, x, y, met] of numbers) {
    ctx.strokeStyle = theme.back; ctx.strokeText(text, x, y);
    ctx.fillStyle = met ? theme.fell : theme.text; ctx.fillText(text, x, y);
  }
}

// A curve over the steps: drawn once per run and theme into `layer`, with the cursor on top at every step.
function drawCurve(canvas, width, run, values, theme, kind) {
  const height = 88 / theme.zoom, left = 46, right = width - 8, top = 6, bottom = height - 16;
  const ctx = prepare(canvas, width, height, theme);
  const finite = Array.from(values).filter(Number.isFinite);
  if (!finite.length) { ctx.fillStyle = theme.faint; ctx.fillText("This attack has none.", 4, height / 2); return; }
  let lo = Math.min(...finite), hi = Math.max(...finite);
  if (hi - lo < 1e-9) { lo -= Math.abs(lo) * 0.1 + 1e-6; hi += Math.abs(hi) * 0.1 + 1e-6; }
  const X = (t) => left + (right - left) * t / Math.max(run.last, 1), Y = (v) => bottom - (bottom - top) * (v - lo) / (hi - lo);
  ctx.strokeStyle = theme.line; ctx.strokeRect(left, top, right - left, bottom - top);
  ctx.font = `11px ${theme.font}`; ctx.fillStyle = theme.faint; ctx.textAlign = "right";
  ctx.fillText(short(hi), left - 5, top + 5); ctx.fillText(short(lo), left - 5, bottom - 3);
  ctx.textAlign = "left"; ctx.fillText("0", left, height - 6); ctx.textAlign = "right"; ctx.fillText(String(run.last), right, height - 6);
  if (kind === "lagrangian") {
    ctx.lineWidth = 1.8; ctx.strokeStyle = theme.text;
    ctx.beginPath();
    values.forEach((v, t) => { if (Number.isFinite(v)) ctx.lineTo(X(t), Y(v)); });
    ctx.stroke();
    ctx.fillStyle = theme.rose;
    run.events.forEach((t) => ctx.fillRect(X(t) - 0.75, bottom - 5, 1.5, 5));
    return;
  }
  // Epsilon is coloured by the branch that made it; where steps are too dense for marks, the line says it alone.
  ctx.lineWidth = 2.4;
  for (let t = 1; t < values.length; t++) {
    if (!Number.isFinite(values[t]) || !Number.isFinite(values[t - 1])) continue;
    ctx.strokeStyle = theme[run.branches[run.branch[t]]];
    ctx.beginPath(); ctx.moveTo(X(t - 1), Y(values[t - 1])); ctx.lineTo(X(t), Y(values[t])); ctx.stroke();
  }
  if (X(1) - X(0) < 5) return;
  values.forEach((v, t) => {
    const branch = run.branches[run.branch[t]];
    if (!Number.isFinite(v)) return;
    ctx.fillStyle = theme[branch]; ctx.beginPath();
    if (branch === "rose") { ctx.moveTo(X(t), Y(v) - 4.5); ctx.lineTo(X(t) + 4, Y(v) + 3); ctx.lineTo(X(t) - 4, Y(v) + 3); ctx.closePath(); }
    else ctx.arc(X(t), Y(v), 2.6, 0, 7);
    ctx.fill();
  });
}

function drawStrip(canvas, width, run, view, theme) {
  const rows = run.bars.length, size = Math.max(11, Math.min(16, Math.floor(300 / Math.max(view.length, 1)))), height = Math.max(view.length, 1) * size + 18;
  const left = Math.min(190, width * 0.34), right = width - 8, ctx = prepare(canvas, width, height, theme);
  ctx.font = `${Math.min(12, size)}px ${theme.font}`;
  const cell = (right - left) / Math.max(run.last + 1, 1);
  if (!view.length) nothing(ctx, theme, size / 2);
  view.forEach((i, place) => {
    const bar = run.bars[i], y = place * size;
    ctx.fillStyle = theme.faint; ctx.textAlign = "right"; ctx.fillText(clip(ctx, bar.name + " " + bar.wants, left - 10), left - 6, y + size / 2);
    ctx.fillStyle = theme.panel; ctx.fillRect(left, y, right - left, size - 1);
    for (let t = 0; t < run.n; t++) {
      const value = run.values[t * rows + i];
      if (value >= 0) { ctx.globalAlpha = value >= run.margin ? 0.5 : 0.22; ctx.fillStyle = theme.fell; }
      else { ctx.globalAlpha = 0.25 + 0.75 * run.weights[t * rows + i] / 255; ctx.fillStyle = theme.rose; }
      ctx.fillRect(left + t * cell, y, Math.max(cell, 0.8) + 0.3, size - 1);
    }
    ctx.globalAlpha = 1;
  });
  ctx.font = `11px ${theme.font}`; ctx.fillStyle = theme.faint; ctx.textAlign = "left"; ctx.fillText("0", left, height - 7);
  ctx.textAlign = "right"; ctx.fillText(String(run.last), right, height - 7);
}

// The marks above the slider: first success, best step and the steps where epsilon was averaged.
function drawTicks(canvas, width, run, theme) {
  const ctx = prepare(canvas, width, 10, theme), X = (t) => 8 + (width - 16) * t / Math.max(run.last, 1);
  ctx.fillStyle = theme.rose;
  const dense = run.events.length > 40;
  run.events.forEach((t) => {
    if (dense) { ctx.globalAlpha = 0.6; ctx.fillRect(X(t) - 0.5, 5, 1.2, 5); ctx.globalAlpha = 1; return; }
    ctx.beginPath(); ctx.moveTo(X(t), 3); ctx.lineTo(X(t) + 3.5, 9); ctx.lineTo(X(t) - 3.5, 9); ctx.fill();
  });
  if (run.first !== null) { ctx.fillStyle = theme.fell; ctx.beginPath(); ctx.arc(X(run.first), 5, 4.5, 0, 7); ctx.fill(); }
  if (run.best !== null) { ctx.fillStyle = theme.best; const x = X(run.best); ctx.beginPath(); ctx.moveTo(x, 0); ctx.lineTo(x + 4.5, 5); ctx.lineTo(x, 10); ctx.lineTo(x - 4.5, 5); ctx.fill(); }
}
