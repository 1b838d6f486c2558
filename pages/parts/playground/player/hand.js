// The plane by keyboard where it has no steps: arrows move a candidate or a brush, Enter takes the other or drops a point.

const STRIDE = 0.05, WIDE = 0.25; // of the plane's units; with Shift

// Whether the key was meant for the plane.
function handKey(player, event) {
  const { data } = player, ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  if (event.target !== player.canvas || !["candidates", "paint"].includes(data.mode)) return false;
  const hand = (player.hand ??= { index: 0, at: null }), way = ways[event.key];
  if (way) moveHand(player, hand, way, event.shiftKey ? WIDE : STRIDE);
  else if (event.key === "Enter" && data.mode === "candidates") { hand.index = 1 - hand.index; player.describe(); }
  else if (event.key === "Enter") player.touched("paint", { drops: [hand.at ?? middle(data.plane.box)] });
  else return false;
  return true;
}

function moveHand(player, hand, [right, up], stride) {
  const { data } = player, [low, high] = data.plane.box, painting = data.mode === "paint";
  const from = painting ? hand.at ?? middle(data.plane.box) : player.ghost?.index === hand.index ? player.ghost.at : data.candidates[hand.index];
  const to = [from[0] + right * stride, from[1] + up * stride].map((v, i) => Math.round(Math.max(low[i], Math.min(high[i], v)) * 1000) / 1000);
  clearTimeout(player.pending);
  if (painting) { hand.at = to; player.paint(); return; }
  player.ghost = { kind: "candidate", index: hand.index, at: to };
  player.paint();
  player.pending = setTimeout(() => player.touched("candidate", { index: hand.index, at: to }), 250);
}

const middle = ([low, high]) => low.map((v, i) => (v + high[i]) / 2);

// For those who do not see the plane: what is where, and which keys do what.
function handSays({ data, hand }) {
  if (data.mode === "paint") return "The plane with its regions. Arrow keys move the brush, Enter drops a point.";
  const [one, two] = data.candidates.map((c) => c.join(", ")), taken = (hand?.index ?? 0) + 1;
  return `Point 1 at ${one}, point 2 at ${two}. Arrow keys move point ${taken}, Enter takes the other.`;
}

// Where the next point falls, while somebody paints by keyboard.
function drawHand(ctx, frame, at, theme) {
  const [x, y] = [frame.X(at[0]), frame.Y(at[1])];
  ctx.strokeStyle = theme.text; ctx.lineWidth = 1.5;
  ctx.beginPath(); ctx.arc(x, y, 9, 0, 7); ctx.moveTo(x - 14, y); ctx.lineTo(x + 14, y); ctx.moveTo(x, y - 14); ctx.lineTo(x, y + 14); ctx.stroke();
}
