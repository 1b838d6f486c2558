// Fields over the plane: decoding, interpolation, colours and contour lines. Nothing here touches the page.

const pixels = (theme) => Math.min(window.devicePixelRatio || 1, 2) * theme.zoom;

function decode(text, Kind) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

// Constraint j at cell i is data[j * rows * columns + i] * scale[j]; row 0 is the upper edge.
function openField(packed) {
  return { rows: packed.rows, columns: packed.columns, scale: packed.scale, data: decode(packed.data, Int16Array) };
}

// One constraint resampled to width x height by bilinear interpolation.
function resample(field, j, width, height) {
  const { rows, columns, data } = field, scale = field.scale[j], base = j * rows * columns;
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = Math.max(0, Math.min(rows - 1.001, ((y + 0.5) / height) * rows - 0.5)), r = v | 0, fy = v - r;
    for (let x = 0; x < width; x++) {
      const u = Math.max(0, Math.min(columns - 1.001, ((x + 0.5) / width) * columns - 0.5)), c = u | 0, fx = u - c;
      const i = base + r * columns + c;
      const top = data[i] * (1 - fx) + data[i + 1] * fx, low = data[i + columns] * (1 - fx) + data[i + columns + 1] * fx;
      out[y * width + x] = (top * (1 - fy) + low * fy) * scale;
    }
  }
  return out;
}

// The Lagrangian at every cell under given weights: lambda w slack^2 / 2, or lambda w slack in the linear form.
function weighted(field, weights, lambdas, form) {
  const size = field.rows * field.columns, out = new Float32Array(size);
  for (let j = 0; j < weights.length; j++) {
    const pull = weights[j] * lambdas[j], scale = field.scale[j], base = j * size, { data } = field;
    if (pull === 0) continue;
    for (let i = 0; i < size; i++) {
      const value = data[base + i];
      if (value < 0) { const slack = -value * scale; out[i] += form === "linear" ? pull * slack : (pull * slack * slack) / 2; }
    }
  }
  return out;
}

// A surface as an ImageData: low is dark blue-green, high is light sand; perceptual enough on light and dark pages.
const RAMP = [[28, 64, 96], [32, 108, 124], [70, 152, 130], [150, 190, 130], [224, 212, 152], [246, 236, 208]];
function shade(values, columns, rows, lo, hi) {
  const picture = new ImageData(columns, rows), span = Math.max(hi - lo, 1e-9);
  for (let i = 0; i < values.length; i++) {
    const at = Math.sqrt(Math.max(0, Math.min(1, (values[i] - lo) / span))) * (RAMP.length - 1), a = Math.min(at | 0, RAMP.length - 2), f = at - a;
    for (let c = 0; c < 3; c++) picture.data[i * 4 + c] = RAMP[a][c] * (1 - f) + RAMP[a + 1][c] * f;
    picture.data[i * 4 + 3] = 255;
  }
  return picture;
}

// Line segments where the surface crosses a level, in cell units, by marching squares.
function contour(values, columns, rows, level, line) {
  const cut = (a, b) => (level - a) / (b - a);
  for (let r = 0; r < rows - 1; r++) {
    for (let c = 0; c < columns - 1; c++) {
      const i = r * columns + c, a = values[i], b = values[i + 1], d = values[i + columns], e = values[i + columns + 1];
      const code = (a > level) | ((b > level) << 1) | ((e > level) << 2) | ((d > level) << 3);
      if (code === 0 || code === 15) continue;
      const points = [];
      if ((a > level) !== (b > level)) points.push([c + cut(a, b), r]);
      if ((b > level) !== (e > level)) points.push([c + 1, r + cut(b, e)]);
      if ((d > level) !== (e > level)) points.push([c + cut(d, e), r + 1]);
      if ((a > level) !== (d > level)) points.push([c, r + cut(a, d)]);
      for (let p = 0; p + 1 < points.length; p += 2) line(points[p], points[p + 1]);
    }
  }
}

function canvasOf(picture) {
  const canvas = document.createElement("canvas");
  canvas.width = picture.width; canvas.height = picture.height;
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

function palette(host) {
  const style = getComputedStyle(host);
  const get = (name) => style.getPropertyValue(name).trim();
  return {
    text: get("--st-text-color"), faint: get("--st-gray-text-color") || get("--st-gray-color"), line: get("--st-border-color"),
    back: get("--st-background-color"), panel: get("--st-secondary-background-color"), accent: get("--st-link-color"),
    good: get("--st-green-color"), bad: get("--st-red-color"), best: get("--st-violet-color"), font: get("--st-font") || "sans-serif",
    zoom: parseFloat(getComputedStyle(document.documentElement).fontSize) / 16, // canvases grow with the type of the page
    series: ["--st-blue-color", "--st-orange-color", "--st-green-color", "--st-violet-color", "--st-red-color"].map(get).concat("#b0368a", "#8a6d00"),
  };
}
