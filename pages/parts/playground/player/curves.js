// The curves beside the plane: slack, weights, epsilon and the Lagrangian of one run, all on the step cursor.

const DASHES = [[], [6, 3], [2, 3]];
const short = (x) => !Number.isFinite(x) ? "–" : x === 0 ? "0" : Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 0.1 ? x.toFixed(2) : Math.abs(x) >= 0.001 ? x.toFixed(4) : x.toExponential(1);

// Colour by label, dash by kind of constraint, so that the two constraints of a label belong together.
function constraintStyles(run, theme) {
  const labels = [...new Set(run.constraints.map((c) => c.label))];
  return run.constraints.map((c) => ({
    colour: theme.series[labels.indexOf(c.label) % theme.series.length],
    dash: DASHES[{ rank: 0, flip: 1 }[c.family] ?? 2],
  }));
}

function curveAxis(width) { return [40, width - 8]; }

function drawCurves(canvas, width, run, kind, styles, theme) {
  const height = kind === "slack" ? 104 : kind === "weights" ? 78 : 84, [left, right] = curveAxis(width), top = 6, bottom = height - 16;
  const ctx = prepare(canvas, width, height, theme), m = run.constraints.length, many = kind === "slack" || kind === "weights";
  const values = run[kind], finite = Array.from(values).filter(Number.isFinite);
  ctx.font = `11px ${theme.font}`;
  if (!finite.length) { ctx.fillStyle = theme.faint; ctx.textAlign = "left"; ctx.fillText("this attack has none", 4, height / 2); return; }
  let lo = many ? 0 : Math.min(...finite), hi = kind === "weights" ? 1 : Math.max(...finite);
  if (hi - lo < 1e-9) { lo -= Math.abs(lo) * 0.1 + 1e-6; hi += Math.abs(hi) * 0.1 + 1e-6; }
  const X = (t) => left + ((right - left) * t) / Math.max(run.n - 1, 1), Y = (v) => bottom - ((bottom - top) * (v - lo)) / (hi - lo);
  ctx.strokeStyle = theme.line; ctx.lineWidth = 1; ctx.strokeRect(left, top, right - left, bottom - top);
  ctx.fillStyle = theme.faint; ctx.textAlign = "right"; ctx.fillText(short(hi), left - 4, top + 5); ctx.fillText(short(lo), left - 4, bottom - 3);
  ctx.textAlign = "left"; ctx.fillText("0", left, height - 7); ctx.textAlign = "right"; ctx.fillText(String(run.n - 1), right, height - 7);
  for (let j = 0; j < (many ? m : 1); j++) {
    ctx.strokeStyle = many ? styles[j].colour : theme.text; ctx.setLineDash(many ? styles[j].dash : []); ctx.lineWidth = many ? 1.8 : 1.5;
    ctx.beginPath();
    for (let t = 0; t < run.n; t++) ctx.lineTo(X(t), Y(many ? values[t * m + j] : values[t]));
    ctx.stroke();
  }
  ctx.setLineDash([]);
  if (kind === "lagrangian") {
    ctx.fillStyle = theme.bad;
    for (let t = 1; t < run.n; t++) {
      if (!(values[t] > values[t - 1] + 1e-6 * (1 + Math.abs(values[t])))) continue;
      ctx.beginPath(); ctx.moveTo(X(t), Y(values[t]) - 4); ctx.lineTo(X(t) + 3, Y(values[t]) + 2); ctx.lineTo(X(t) - 3, Y(values[t]) + 2); ctx.fill();
    }
  }
}

// The still part is drawn once per run and theme; the cursor moves over a copy of it.
function withCursor(canvas, layer, width, run, step, theme) {
  const ctx = canvas.getContext("2d"), ratio = pixels(theme), [left, right] = curveAxis(width);
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  if (layer.width) ctx.drawImage(layer, 0, 0);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  const x = left + ((right - left) * step) / Math.max(run.n - 1, 1);
  ctx.strokeStyle = theme.accent; ctx.lineWidth = 2;
  ctx.beginPath(); ctx.moveTo(x, 2); ctx.lineTo(x, canvas.height / ratio - 14); ctx.stroke();
}

function sign(mark, colour) {
  const paths = { circle: "M12 3a9 9 0 1 0 .01 0z", square: "M4 4h16v16H4z", triangle: "M12 3l10 17H2z", diamond: "M12 1l11 11-11 11L1 12z" };
  return `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${paths[mark]}" fill="${colour}"/></svg>`;
}

function stroke(style) {
  return `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M0 12h24" stroke="${style.colour}" stroke-width="4" stroke-dasharray="${style.dash.map((d) => d * 1.4).join(" ")}"/></svg>`;
}
