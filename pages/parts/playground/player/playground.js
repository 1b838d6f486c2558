// The replay: one step cursor for all runs, the buttons that move it, and touches on the plane that go to Python.

class Playground {
  constructor(root) {
    this.root = root; this.host = root.host ?? root;
    this.section = root.querySelector(".play");
    this.pick = (selector) => root.querySelector(selector);
    this.canvas = this.pick(".plane"); this.curves = [...root.querySelectorAll("[data-curve]")];
    this.step = 0; this.shown = 0; this.playing = 0; this.view = "regions"; this.chosen = 0; this.constraint = -1;
    this.layers = new Map(); this.touches = 0; this.picture = new Image();
    this.picture.onload = () => { this.still = null; this.paint(); };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.pick(".speed select").value = "5";
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.section);
    this.listen();
  }

  listen() {
    this.section.onclick = (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.view) this.look(button.dataset.view);
      else if (button.dataset.run) { this.chosen = Number(button.dataset.run); this.layers.clear(); this.signs(); this.paint(); }
      else if (button.dataset.constraint) { this.constraint = Number(button.dataset.constraint); this.still = null; this.signs(); this.paint(); }
      else if (button.dataset.go) this.jump(button.dataset.go);
      else this.toggle(button.classList.contains("back") ? -1 : 1);
    };
    this.section.onkeydown = (event) => this.key(event);
    this.deaf = pageKeys(this);
    const slider = this.pick(".scrub");
    slider.oninput = () => { this.stop(); this.move(Number(slider.value)); };
    slider.onchange = () => this.reportStep();
    for (const canvas of this.curves) {
      const seek = (event) => {
        const box = canvas.getBoundingClientRect(), zoom = this.theme.zoom, [left, right] = curveAxis(box.width / zoom);
        this.stop(); this.move(Math.round((((event.clientX - box.left) / zoom - left) / (right - left)) * this.last));
      };
      canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); seek(event); };
      canvas.onpointermove = (event) => { if (event.buttons) seek(event); };
      canvas.onpointerup = () => this.reportStep();
    }
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => { if (this.held && event.buttons) this.drag(event); };
    this.canvas.onpointerup = () => this.release();
    this.canvas.onpointercancel = () => { this.held = null; this.ghost = null; this.paint(); };
  }

  show(data) {
    const fresh = !this.data || this.data.id !== data.id;
    this.data = data; this.ghost = null;
    const colours = palette(this.host);
    this.theme = colours;
    this.runs = data.runs.map((run, i) => ({
      ...run, colour: colours.series[i % colours.series.length],
      path: decode(run.path, Float32Array), slack: decode(run.slack ?? "", Float32Array), weights: decode(run.weights ?? "", Float32Array),
      epsilon: decode(run.epsilon ?? "", Float32Array), lagrangian: decode(run.lagrangian ?? "", Float32Array), success: decode(run.success, Uint8Array),
      pulls: decode(run.pulls ?? "", Float32Array),
    }));
    this.fields = Object.fromEntries(Object.entries(data.plane.fields ?? {}).map(([space, packed]) => [space, openField(packed)]));
    this.own = Object.fromEntries(Object.entries(data.plane.own ?? {}).map(([key, packed]) => [key, openField(packed)]));
    this.last = this.runs.length ? Math.max(...this.runs.map((run) => run.n)) - 1 : 0;
    this.chosen = Math.min(this.chosen, Math.max(this.runs.length - 1, 0));
    if (this.constraint >= (this.runs[0]?.constraints.length ?? 0)) this.constraint = -1;
    if (fresh) { this.stop(); this.step = Math.min(data.at ?? 0, this.last); }
    this.step = Math.min(this.step, this.last);
    this.pick(".scrub").max = this.last;
    this.section.classList.toggle("still", data.mode === "candidates" || data.mode === "paint");
    this.section.classList.toggle("brief", data.mode === "film");
    this.section.classList.toggle("presenting", Boolean(data.presenting));
    if (data.view && data.view !== this.asked) this.view = this.asked = data.view;
    const shaded = this.runs.length > 0 && Object.keys(this.fields).length > 0;
    if (!shaded) this.view = "regions";
    this.pick(".views").hidden = !shaded;
    if (this.picture.src !== data.plane.picture) this.picture.src = data.plane.picture ?? "";
    this.signs(); this.measure();
  }

  measure() {
    if (!this.data) return;
    this.still = null; this.layers.clear();
    this.paint();
  }

  look(view) {
    this.view = view; this.still = null;
    this.signs(); this.paint();
  }

  key(event) {
    const moves = { ArrowLeft: event.shiftKey ? "-10" : "-1", ArrowRight: event.shiftKey ? "10" : "1", Home: "start", End: "end" };
    if (event.target.matches("input, select")) return;
    if (handKey(this, event)) this.stop();
    else if (event.key === " " && !event.target.matches("button")) this.toggle(1);
    else if (moves[event.key]) this.jump(moves[event.key]);
    else return;
    event.preventDefault();
  }

  jump(where) {
    this.stop();
    this.move({ start: 0, end: this.last }[where] ?? this.step + Number(where));
    this.reportStep();
  }

  toggle(direction) {
    if (this.playing) { const same = this.playing === direction; this.stop(); if (same) { this.reportStep(); return; } }
    if (direction > 0 && this.step >= this.last) this.step = 0;
    if (direction < 0 && this.step <= 0) this.step = this.last;
    this.playing = direction; this.debt = 0; this.clock = performance.now();
    this.button();
    this.ticket = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.playing) return;
    this.debt += (Math.min(now - this.clock, 250) * Number(this.pick(".speed select").value)) / 1000;
    this.clock = now;
    const steps = Math.floor(this.debt);
    if (steps > 0) { this.debt -= steps; this.move(this.step + steps * this.playing); }
    if ((this.playing > 0 && this.step >= this.last) || (this.playing < 0 && this.step <= 0)) { this.stop(); this.reportStep(); return; }
    this.ticket = requestAnimationFrame((next) => this.tick(next));
  }

  stop() {
    this.playing = 0;
    cancelAnimationFrame(this.ticket);
    this.button();
  }

  button() {
    const forth = this.playing > 0, back = this.playing < 0, pause = "M6 5h4.2v14H6zM13.8 5H18v14h-4.2z";
    this.pick(".forth path").setAttribute("d", forth ? pause : "M7 4.5v15l13-7.5z");
    this.pick(".forth span").textContent = forth ? "Pause" : "Play";
    this.pick(".forth").setAttribute("aria-label", forth ? "Pause" : "Play");
    this.pick(".back path").setAttribute("d", back ? pause : "M17 4.5v15L4 12z");
    this.pick(".back").setAttribute("aria-label", back ? "Pause" : "Play backwards");
  }

  move(step) {
    this.step = Math.max(0, Math.min(step, this.last));
    this.paint();
  }

  // The cursor rests: say so in words, and tell Python, but not for every key of a burst.
  reportStep() {
    clearTimeout(this.timer);
    this.describe();
    this.timer = setTimeout(() => { this.report("at", { id: this.data.id, step: this.step }); this.section.dataset.reported = this.step; }, 250);
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect(), zoom = this.theme.zoom;
    return this.frame.at((event.clientX - box.left) / zoom, (event.clientY - box.top) / zoom).map((v) => Math.round(v * 1000) / 1000);
  }

  press(event) {
    if (this.data.mode === "film") return;
    this.stop();
    this.canvas.setPointerCapture(event.pointerId);
    const here = this.point(event);
    if (this.data.mode === "candidates") {
      const far = this.data.candidates.map(([x, y]) => Math.hypot(x - here[0], y - here[1]));
      this.held = { kind: "candidate", index: far[1] < far[0] ? 1 : 0 };
    } else this.held = this.data.mode === "paint" ? { kind: "paint", drops: [] } : { kind: "start" };
    this.drag(event);
  }

  drag(event) {
    const here = this.point(event);
    if (this.held.kind === "paint") {
      const before = this.held.drops.at(-1);
      if (before && Math.hypot(before[0] - here[0], before[1] - here[1]) < 0.09) return;
      this.held.drops.push(here);
    } else this.held.at = here;
    this.ghost = this.held;
    this.paint();
  }

  release() {
    if (!this.held) return;
    this.touched(this.held.kind, this.held);
    this.held = null;
  }

  touched(kind, { index = null, at = null, drops = null }) {
    this.report("touch", { kind, index, at, drops, count: Date.now() });
  }

  paint() {
    const { data, theme } = this, width = this.canvas.clientWidth / theme.zoom;
    if (!data || !width) return;
    this.frame = frameOf(data.plane.box, width, data.presenting ? LOW / theme.zoom : TALLEST);
    this.still ??= drawBackground(this, width);
    const ctx = prepare(this.canvas, width, this.frame.height, theme);
    if (this.view === "surface") drawLagrangian(this, ctx);
    ctx.drawImage(this.still, 0, 0, width, this.frame.height);
    const ghost = this.ghost, start = ghost?.kind === "start" ? ghost.at : data.start;
    if (data.mode === "candidates") drawCandidates(ctx, this.frame, data.candidates.map((c, i) => (ghost?.index === i && ghost.at ? ghost.at : c)), start, theme);
    const moving = ghost?.kind === "start";
    this.runs.forEach((run, i) => { if (i !== this.chosen && !moving && data.mode !== "candidates") drawRun(ctx, this.frame, run, this.step, theme, false); });
    if (this.runs[this.chosen] && !moving && data.mode !== "candidates") this.front(ctx, this.runs[this.chosen]);
    if (data.mode !== "paint") drawStart(ctx, this.frame, start, theme, data.tau);
    if (data.drops || ghost?.kind === "paint") drawDrops(ctx, this.frame, [...(data.drops ?? []), ...(ghost?.drops ?? []).map(([x, y]) => [x, y, data.brush ?? ""])], theme);
    if (data.mode === "paint" && this.hand?.at) drawHand(ctx, this.frame, this.hand.at, theme);
    this.lines(); this.words();
    this.section.dataset.step = this.step; this.section.dataset.shown = ++this.shown;
  }

  front(ctx, run) {
    if (this.view === "constraints" && run.pulls.length) drawPulls(ctx, this.frame, run, this.step, this.theme, constraintStyles(run, this.theme));
    drawRun(ctx, this.frame, run, this.step, this.theme, true);
  }

  lines() {
    const run = this.runs[this.chosen];
    if (!run || !this.pick(".side").offsetParent) return;
    const styles = constraintStyles(run, this.theme);
    for (const canvas of this.curves) {
      const width = canvas.clientWidth / this.theme.zoom;
      if (!width) continue;
      if (!this.layers.has(canvas)) {
        drawCurves(canvas, width, run, canvas.dataset.curve, styles, this.theme);
        const copy = document.createElement("canvas");
        copy.width = canvas.width; copy.height = canvas.height;
        if (canvas.width && canvas.height) copy.getContext("2d").drawImage(canvas, 0, 0);
        this.layers.set(canvas, copy);
      }
      withCursor(canvas, this.layers.get(canvas), width, run, this.step, this.theme);
    }
  }

  signs() { signs(this); }
  words() { words(this); }
  describe() { describe(this); }

  destroy() {
    this.stop();
    this.deaf();
    [this.timer, this.pending].forEach(clearTimeout);
    this.watcher.disconnect();
  }
}

const playgrounds = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  if (!playgrounds.has(parentElement)) playgrounds.set(parentElement, new Playground(parentElement));
  const player = playgrounds.get(parentElement);
  player.report = (name, value) => setStateValue(name, value);
  player.show(data);
  player.describe();
  return () => { player.destroy(); playgrounds.delete(parentElement); };
}
