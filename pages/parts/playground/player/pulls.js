// The pulls of the constraints at the shown point: an arrow each, and their sum, which is the step of the attack.

const LONGEST = 84; // pixels, of the longest arrow at a step

// Where the run has pulls, w lambda slack grad CT; elsewhere the gradients of what is violated, all of one length.
function drawPulls(ctx, frame, run, step, theme, styles) {
  const m = run.constraints.length, at = 2 * m * step, x = frame.X(run.path[2 * step]), y = frame.Y(run.path[2 * step + 1]);
  const ways = styles.map((style, j) => [run.pulls[at + 2 * j], run.pulls[at + 2 * j + 1], style]).filter(([dx, dy]) => Math.hypot(dx, dy) > 0);
  if (!ways.length) return;
  const sum = ways.reduce(([a, b], [dx, dy]) => [a + dx, b + dy], [0, 0]);
  const longest = Math.max(...[...ways, ...(run.weighted ? [sum] : [])].map(([dx, dy]) => Math.hypot(dx, dy)));
  const scale = LONGEST / longest;
  if (run.weighted) arrow(ctx, x, y, sum[0] * scale, -sum[1] * scale, 6, theme.text, [], theme);
  for (const [dx, dy, { colour, dash }] of ways) arrow(ctx, x, y, dx * scale, -dy * scale, 2.6, colour, dash, theme);
}

function arrow(ctx, x, y, dx, dy, width, colour, dash, theme) {
  const length = Math.hypot(dx, dy), head = Math.min(length, 5 + 2 * width);
  if (length < 3) return;
  const ux = dx / length, uy = dy / length, bx = x + dx - ux * head, by = y + dy - uy * head, wing = head * 0.55;
  for (const [extra, tone] of [[2.5, theme.back], [0, colour]]) {
    ctx.strokeStyle = ctx.fillStyle = tone; ctx.lineWidth = width + extra; ctx.lineCap = "butt"; ctx.lineJoin = "round";
    ctx.setLineDash(extra ? [] : dash);
    ctx.beginPath(); ctx.moveTo(x, y); ctx.lineTo(bx, by); ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath(); ctx.moveTo(x + dx, y + dy); ctx.lineTo(bx - uy * wing, by + ux * wing); ctx.lineTo(bx + uy * wing, by - ux * wing); ctx.closePath();
    if (extra) { ctx.lineWidth = extra; ctx.stroke(); } else ctx.fill();
  }
}
