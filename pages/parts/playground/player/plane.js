// The plane itself: background (regions, constraints or the Lagrangian), paths, dots, candidates and points.

const EDGE = 24, TALLEST = 560, LOW = 400, TRAIL = 45;
const NEARLY = 0.02; // a rank constraint is exactly 0 wherever its label is the reference itself: that counts as held

// Maps box coordinates to CSS pixels for a canvas of the given width.
function frameOf(box, width, tallest) {
  const [[x0, y0], [x1, y1]] = box, scale = Math.min((width - 2 * EDGE) / (x1 - x0), tallest / (y1 - y0));
  const w = scale * (x1 - x0), h = scale * (y1 - y0), left = (width - w) / 2, top = EDGE * 0.6;
  return {
    left, top, w, h, scale, height: h + EDGE * 1.6,
    X: (x) => left + (x - x0) * scale, Y: (y) => top + (y1 - y) * scale,
    at: (px, py) => [Math.min(x1, Math.max(x0, x0 + (px - left) / scale)), Math.min(y1, Math.max(y0, y1 - (py - top) / scale))],
  };
}

function prepare(canvas, width, height, theme) {
  const ratio = pixels(theme);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    canvas.style.height = height * theme.zoom + "px";
  }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.font = `12px ${theme.font}`; ctx.textBaseline = "middle";
  return ctx;
}

function shape(ctx, mark, x, y, size) {
  ctx.beginPath();
  if (mark === "circle") ctx.arc(x, y, size, 0, 7);
  else if (mark === "square") ctx.rect(x - size * 0.88, y - size * 0.88, size * 1.76, size * 1.76);
  else if (mark === "triangle") { ctx.moveTo(x, y - size * 1.2); ctx.lineTo(x + size * 1.1, y + size * 0.85); ctx.lineTo(x - size * 1.1, y + size * 0.85); ctx.closePath(); }
  else { ctx.moveTo(x, y - size * 1.25); ctx.lineTo(x + size * 1.25, y); ctx.lineTo(x, y + size * 1.25); ctx.lineTo(x - size * 1.25, y); ctx.closePath(); }
}

function haloed(ctx, text, x, y, theme, colour) {
  ctx.lineJoin = "round"; ctx.lineWidth = 3.5; ctx.strokeStyle = theme.back; ctx.fillStyle = colour ?? theme.text;
  ctx.strokeText(text, x, y); ctx.fillText(text, x, y);
}

function drawAxes(ctx, frame, box, theme) {
  ctx.strokeStyle = theme.faint; ctx.lineWidth = 1; ctx.strokeRect(frame.left + 0.5, frame.top + 0.5, frame.w - 1, frame.h - 1);
  ctx.fillStyle = theme.faint; ctx.font = `11px ${theme.font}`;
  const [[x0, y0], [x1, y1]] = box;
  ctx.textAlign = "center";
  for (let x = x0; x <= x1 + 1e-9; x += 0.5) ctx.fillText(String(+x.toFixed(1)), frame.X(x), frame.top + frame.h + 10);
  ctx.textAlign = "right";
  for (let y = y0; y <= y1 + 1e-9; y += 0.5) ctx.fillText(String(+y.toFixed(1)), frame.left - 5, frame.Y(y));
}

function drawNames(ctx, frame, names, theme) {
  ctx.textAlign = "center"; ctx.font = `600 13px ${theme.font}`;
  for (const [x, y, text] of names) haloed(ctx, text, frame.X(x), frame.Y(y), theme);
}

// Where constraints hold. chosen = -1: darker the more of them hold, green where all do; else that one alone.
function drawConstraints(ctx, frame, field, chosen, theme, colours) {
  const width = Math.round(frame.w), height = Math.round(frame.h), m = field.scale.length, picture = new ImageData(width, height);
  const columns = chosen < 0 ? [...Array(m).keys()] : [chosen], held = new Uint8Array(width * height);
  for (const j of columns) { const values = resample(field, j, width, height); for (let i = 0; i < held.length; i++) held[i] += values[i] >= -NEARLY; }
  for (let i = 0; i < held.length; i++) {
    const all = held[i] === columns.length, x = i % width, y = (i / width) | 0, stripe = (x + y) % 10 < 2;
    const tone = all ? [24, 158, 104] : [128, 142, 166];
    picture.data.set([...tone, all ? (stripe ? 200 : 120) : (held[i] / columns.length) * 130], i * 4);
  }
  ctx.drawImage(canvasOf(picture), frame.left, frame.top, frame.w, frame.h);
  const size = field.rows * field.columns;
  for (const j of columns) {
    ctx.strokeStyle = colours[j].colour; ctx.lineWidth = 2; ctx.setLineDash(colours[j].dash);
    ctx.beginPath();
    contour(field.data.subarray(j * size, (j + 1) * size), field.columns, field.rows, -NEARLY / field.scale[j], segment(ctx, frame, field));
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

function segment(ctx, frame, field) {
  const sx = frame.w / field.columns, sy = frame.h / field.rows;
  return (a, b) => {
    ctx.moveTo(frame.left + (a[0] + 0.5) * sx, frame.top + (a[1] + 0.5) * sy);
    ctx.lineTo(frame.left + (b[0] + 0.5) * sx, frame.top + (b[1] + 0.5) * sy);
  };
}

function drawSurface(ctx, frame, values, field) {
  let lo = Infinity, hi = -Infinity;
  for (const v of values) { if (v < lo) lo = v; if (v > hi) hi = v; }
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(canvasOf(shade(values, field.columns, field.rows, lo, hi)), frame.left, frame.top, frame.w, frame.h);
  ctx.strokeStyle = "rgba(10, 20, 30, 0.38)"; ctx.lineWidth = 1;
  ctx.beginPath();
  for (let level = 1; level <= 9; level++) contour(values, field.columns, field.rows, lo + (hi - lo) * (level / 10) ** 2, segment(ctx, frame, field));
  ctx.stroke();
  return [lo, hi];
}

function drawRun(ctx, frame, run, step, theme, chosen) {
  const { path, colour, mark } = run, X = (t) => frame.X(path[2 * t]), Y = (t) => frame.Y(path[2 * t + 1]);
  ctx.lineJoin = "round"; ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.3; ctx.lineWidth = 1.4;
  ctx.beginPath(); for (let t = 0; t < run.n; t++) ctx.lineTo(X(t), Y(t)); ctx.stroke();
  for (let t = Math.max(1, step - TRAIL); t <= step; t++) {
    ctx.globalAlpha = 0.25 + 0.75 * (1 - (step - t) / TRAIL); ctx.lineWidth = chosen ? 3.2 : 2.4;
    ctx.beginPath(); ctx.moveTo(X(t - 1), Y(t - 1)); ctx.lineTo(X(t), Y(t)); ctx.stroke();
  }
  ctx.globalAlpha = 1;
  shape(ctx, mark, X(step), Y(step), chosen ? 8 : 6.5);
  ctx.fillStyle = colour; ctx.fill(); ctx.lineWidth = 2; ctx.strokeStyle = theme.back; ctx.stroke();
  if (run.letter) { ctx.fillStyle = "#fff"; ctx.font = `700 ${chosen ? 10 : 8}px ${theme.font}`; ctx.textAlign = "center"; ctx.fillText(run.letter, X(step), Y(step) + 0.5); }
  if (run.success[step]) { shape(ctx, mark, X(step), Y(step), chosen ? 11.5 : 10); ctx.lineWidth = 1.8; ctx.strokeStyle = theme.good; ctx.stroke(); }
}

function drawStart(ctx, frame, [x, y], theme, tau) {
  const px = frame.X(x), py = frame.Y(y);
  ctx.save();
  ctx.beginPath(); ctx.rect(frame.left, frame.top, frame.w, frame.h); ctx.clip();
  ctx.strokeStyle = theme.faint; ctx.setLineDash([4, 4]); ctx.lineWidth = 1;
  ctx.beginPath(); ctx.arc(px, py, tau * frame.scale, 0, 7); ctx.stroke();
  ctx.restore();
  for (const [width, colour] of [[5, theme.back], [2, theme.text]]) {
    ctx.strokeStyle = colour; ctx.lineWidth = width;
    ctx.beginPath(); ctx.moveTo(px - 7, py); ctx.lineTo(px + 7, py); ctx.moveTo(px, py - 7); ctx.lineTo(px, py + 7); ctx.stroke();
  }
}

function drawCandidates(ctx, frame, points, start, theme) {
  points.forEach(([x, y], i) => {
    const px = frame.X(x), py = frame.Y(y);
    ctx.strokeStyle = theme.series[i ? 1 : 0]; ctx.lineWidth = 1.6; ctx.setLineDash([6, 4]);
    ctx.beginPath(); ctx.moveTo(frame.X(start[0]), frame.Y(start[1])); ctx.lineTo(px, py); ctx.stroke(); ctx.setLineDash([]);
    shape(ctx, i ? "square" : "circle", px, py, 11);
    ctx.fillStyle = theme.series[i ? 1 : 0]; ctx.fill(); ctx.lineWidth = 2; ctx.strokeStyle = theme.back; ctx.stroke();
    ctx.fillStyle = "#fff"; ctx.font = `700 13px ${theme.font}`; ctx.textAlign = "center"; ctx.fillText(String(i + 1), px, py + 1);
  });
}

function drawDrops(ctx, frame, drops, theme) {
  ctx.font = `600 10px ${theme.font}`; ctx.textAlign = "center";
  for (const [x, y, text] of drops) {
    ctx.beginPath(); ctx.arc(frame.X(x), frame.Y(y), 3.2, 0, 7); ctx.fillStyle = theme.text; ctx.fill();
    haloed(ctx, text || "∅", frame.X(x), frame.Y(y) - 9, theme);
  }
}

// What stays still while the cursor moves: constraint lines or label regions, and the axes.
function drawBackground(player, width) {
  const { data, frame, theme } = player, layer = document.createElement("canvas"), ctx = prepare(layer, width, frame.height, theme);
  const field = player.fields.logit, run = player.runs[player.chosen];
  if (player.view === "constraints" && field && run) drawConstraints(ctx, frame, field, player.constraint, theme, constraintStyles(run, theme));
  else if (player.view === "regions" && player.picture.complete && player.picture.naturalWidth) ctx.drawImage(player.picture, frame.left, frame.top, frame.w, frame.h);
  drawAxes(ctx, frame, data.plane.box, theme);
  if (player.view === "regions") drawNames(ctx, frame, data.plane.names ?? [], theme);
  return layer;
}

// The Lagrangian at the cursor's step, of the chosen run.
function drawLagrangian(player, ctx) {
  const run = player.runs[player.chosen];
  if (!run) return;
  const own = player.own[run.key], field = own ?? player.fields[run.space] ?? player.fields.logit, m = run.constraints.length;
  const values = own
    ? Float32Array.from(own.data, (v) => v * own.scale[0])
    : weighted(field, run.weights.subarray(player.step * m, (player.step + 1) * m), run.lambdas, run.form);
  player.range = drawSurface(ctx, player.frame, values, field);
}
