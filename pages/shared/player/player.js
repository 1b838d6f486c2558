// The replay itself: one step cursor, the buttons that move it, and the panels that follow it. It needs nothing
// from the server while it plays; the step is reported when the cursor comes to rest.

class Player {
  constructor(root) {
    this.root = root;
    this.host = root.host ?? root;
    this.section = root.querySelector(".player");
    this.pick = (selector) => root.querySelector(selector);
    this.step = 0; this.shown = 0; this.playing = false; this.following = true; this.scale = "probability";
    this.find = ""; this.open = { rows: false, bars: false }; this.view = { rows: [], bars: [] };
    this.frames = new Map(); this.layers = new Map(); this.widths = new Map();
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.calm) this.pick(".speed select").value = "4";
    this.listen();
    this.watcher = new ResizeObserver(() => this.measure());
    root.querySelectorAll("canvas").forEach((canvas) => this.watcher.observe(canvas.parentElement));
  }

  listen() {
    this.section.onclick = (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.go) this.jump(button.dataset.go);
      else if (button.dataset.scale) this.rescale(button.dataset.scale);
      else if (button.dataset.fold) this.fold(button.dataset.fold);
      else this.toggle();
    };
    const slider = this.pick(".scrub input");
    slider.oninput = () => { this.stop(); this.move(Number(slider.value)); };
    slider.onchange = () => this.reportStep();
    this.pick(".reveal input").oninput = () => this.pictures();
    const find = this.pick(".find input");
    find.oninput = () => { this.find = find.value; this.select(); };
    // Typing is no shortcut, neither the player's nor Streamlit's, which sees only the component and not the field.
    for (const kind of ["keydown", "keypress", "keyup"]) find.addEventListener(kind, (event) => event.stopPropagation());
    this.section.onkeydown = (event) => this.key(event);
    this.deaf = pageKeys(this);
    for (const canvas of this.root.querySelectorAll(".curves canvas, .strip canvas")) {
      const seek = (event) => {
        const [left, right] = this.axis(canvas), box = canvas.getBoundingClientRect();
        this.stop();
        this.move(Math.round((((event.clientX - box.left) / this.theme.zoom - left) / (right - left)) * this.run.last));
      };
      canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); seek(event); };
      canvas.onpointermove = (event) => { if (event.buttons) seek(event); };
      canvas.onpointerup = () => this.reportStep();
    }
  }

  key(event) {
    const editing = event.target.matches("input, select");
    const moves = { ArrowLeft: event.shiftKey ? "-10" : "-1", ArrowRight: event.shiftKey ? "10" : "1", Home: "start", End: "end" };
    if (event.key === " " && !event.target.matches("button, select")) this.toggle();
    else if (moves[event.key] && !editing) this.jump(moves[event.key]);
    else return;
    event.preventDefault();
  }

  show(data) {
    const fresh = !this.run || this.run.id !== data.id, wasLive = this.run?.live;
    const run = { ...data };
    run.scores = decodeHalf(data.scores); run.ranks = decode(data.ranks, Uint16Array); run.kth = decode(data.kth, Float32Array);
    run.values = decodeHalf(data.values); run.slack = decodeHalf(data.slack); run.open = decode(data.open, Uint16Array); run.weights = decode(data.weights, Uint8Array);
    run.epsilon = decode(data.epsilon, Float32Array); run.lagrangian = decode(data.lagrangian, Float32Array);
    run.norm = decode(data.norm, Float32Array); run.branch = decode(data.branch, Uint8Array); run.success = decode(data.success, Uint8Array);
    this.run = run;
    this.section.classList.toggle("presenting", Boolean(run.presenting));
    if (fresh) { this.find = this.pick(".find input").value = ""; this.stop(); this.frames.clear(); this.following = true; this.section.dataset.reported = ""; }
    this.loadFrames(fresh);
    const slider = this.pick(".scrub input");
    slider.max = run.last;
    this.enable();
    if (this.following && !this.playing) this.step = run.live ? run.n - 1 : fresh || wasLive ? run.start : this.step;
    this.step = Math.min(this.step, run.n - 1);
    this.theme = palette(this.host);
    this.legends();
    this.select();
  }

  // Which rows are drawn: those that the search finds; without one, those that are not folded.
  select() {
    const { run } = this, words = this.find.toLowerCase().split(",").map((word) => word.trim()).filter(Boolean);
    const text = (row) => `${row.name} ${row.wants ?? ""}`.toLowerCase();
    for (const kind of ["rows", "bars"]) {
      const chosen = (row) => words.length ? words.some((word) => text(row).includes(word)) : this.open[kind] || !row.folded;
      this.view[kind] = run[kind].flatMap((row, i) => chosen(row) ? [i] : []);
    }
    this.span = this.reach();
    this.folds(words.length > 0);
    this.measure();
  }

  // The lowest and highest logit of the drawn labels at any step.
  reach() {
    const { run } = this, rows = run.rows.length;
    let low = 0, high = 0;
    for (let t = 0; t < run.n; t++) for (const i of this.view.rows) {
      const score = run.scores[t * rows + i];
      if (score < low) low = score; else if (score > high) high = score;
    }
    return [low - 0.5, high + 0.5];
  }

  fold(kind) {
    this.open[kind] = !this.open[kind];
    this.select();
  }

  // The buttons that unfold, and how many rows there are.
  folds(searching) {
    const { run, view } = this, all = { rows: run.labels, bars: run.constraints }, names = { rows: "label", bars: "constraint" };
    const many = (count, kind) => `${count} ${names[kind]}${count === 1 ? "" : "s"}`;
    this.root.querySelectorAll("[data-fold]").forEach((button) => {
      const kind = button.dataset.fold, folded = run[kind].filter((row) => row.folded).length, absent = all[kind] - run[kind].length;
      button.hidden = searching || folded + absent === 0;
      button.disabled = folded === 0;
      button.setAttribute("aria-expanded", String(this.open[kind] && folded > 0));
      button.textContent = folded === 0 ? `${many(absent, kind).replace(" ", " more ")} when the run has ended` : this.open[kind] ? "Show what matters" : many(folded, kind).replace(" ", " more ");
      button.title = absent && folded ? `${absent} others are in the table and the files below` : "";
    });
    this.pick(".find").hidden = ![...run.rows, ...run.bars].some((row) => row.folded);
    this.pick(".found").textContent = `${view.rows.length} of ${many(all.rows, "rows")}, ${view.bars.length} of ${many(all.bars, "bars")}`;
  }

  loadFrames(fresh) {
    const { pictures } = this.run;
    this.pick(".trio").hidden = !pictures;
    if (!pictures) return;
    if (fresh || !this.clean) this.read(pictures.clean, (pixels) => { this.clean = pixels; this.pictures(); });
    pictures.steps.forEach((step, i) => {
      const known = this.frames.get(step);
      if (known && known.gain === pictures.gains[i]) return;
      this.read(pictures.noise[i], (pixels) => { this.frames.set(step, { pixels, gain: pictures.gains[i] }); this.stored = null; this.pictures(); });
    });
    this.stored = null;
  }

  read(source, done) {
    const image = new Image(), run = this.run.id;
    image.onload = () => {
      if (this.run.id !== run) return;
      const canvas = document.createElement("canvas");
      canvas.width = image.width; canvas.height = image.height;
      const ctx = canvas.getContext("2d", { willReadFrequently: true });
      ctx.drawImage(image, 0, 0);
      done(ctx.getImageData(0, 0, image.width, image.height));
    };
    image.src = source;
  }

  enable() {
    const { first, best, events, n } = this.run;
    this.pick('[data-go="first"]').disabled = first === null;
    this.pick('[data-go="best"]').disabled = best === null;
    this.pick('[data-go="event"]').disabled = !events.length;
    this.pick(".play").disabled = n < 2;
  }

  jump(where) {
    const { first, best, events, n } = this.run;
    const later = events.find((t) => t > this.step) ?? events[0];
    const named = { start: 0, end: n - 1, first, best, event: later };
    this.stop();
    this.move(where in named ? named[where] : this.step + Number(where));
    this.reportStep();
  }

  toggle() {
    if (this.playing) { this.stop(); this.reportStep(); return; }
    if (this.step >= this.run.n - 1) this.step = 0;
    this.playing = true; this.following = false; this.debt = 0; this.clock = performance.now();
    this.button();
    this.ticket = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.playing) return;
    this.debt += (Math.min(now - this.clock, 250) * Number(this.pick(".speed select").value)) / 1000;
    this.clock = now;
    const steps = Math.floor(this.debt);
    if (steps > 0) { this.debt -= steps; this.move(this.step + steps); }
    if (this.step >= this.run.n - 1 && !this.run.live) { this.stop(); this.reportStep(); return; }
    this.ticket = requestAnimationFrame((next) => this.tick(next));
  }

  stop() {
    this.playing = false;
    cancelAnimationFrame(this.ticket);
    this.button();
  }

  button() {
    const play = this.pick(".play");
    play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    play.querySelector("span").textContent = this.playing ? "Pause" : "Play";
    play.querySelector(".icon").setAttribute("d", this.playing ? "M6 5h4.2v14H6zM13.8 5H18v14h-4.2z" : "M7 4.5v15l13-7.5z");
  }

  move(step) {
    this.following = false;
    this.step = Math.max(0, Math.min(step, this.run.n - 1));
    this.paint();
  }

  // The cursor rests: tell Python, but not for every key of a burst.
  reportStep() {
    clearTimeout(this.timer);
    this.describe();
    this.timer = setTimeout(() => { this.report({ run: this.run.id, step: this.step }); this.section.dataset.reported = this.step; }, 220);
  }

  rescale(scale) {
    this.scale = scale;
    this.root.querySelectorAll("[data-scale]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.scale === scale)));
    this.paint();
  }

  measure() {
    if (!this.run) return;
    this.root.querySelectorAll("canvas").forEach((canvas) => this.widths.set(canvas, canvas.clientWidth / this.theme.zoom));
    this.layers.clear();
    drawTicks(this.pick(".ticks"), this.widths.get(this.pick(".ticks")), this.run, this.theme);
    this.stored = null;
    this.paint();
    this.describe();
  }

  axis(canvas) {
    const width = this.widths.get(canvas);
    return canvas.closest(".strip") ? [Math.min(190, width * 0.34), width - 8] : [46, width - 8];
  }

  paint() {
    const { run, step, theme } = this;
    if (!run) return;
    const labels = this.pick(".labels canvas"), slack = this.pick(".slack canvas");
    drawLabels(labels, this.widths.get(labels), run, this.view.rows, this.span, step, theme, this.scale);
    drawSlack(slack, this.widths.get(slack), run, this.view.bars, step, theme);
    this.layered(this.pick(".epsilon"), (canvas, width) => drawCurve(canvas, width, run, run.epsilon, theme, "epsilon"));
    this.layered(this.pick(".lagrangian"), (canvas, width) => drawCurve(canvas, width, run, run.lagrangian, theme, "lagrangian"));
    this.layered(this.pick(".strip canvas"), (canvas, width) => drawStrip(canvas, width, run, this.view.bars, theme));
    this.pictures();
    this.words();
    this.section.dataset.step = step;
    this.section.dataset.shown = ++this.shown;
  }

  // What does not move is drawn once; then only the cursor is painted over a copy of it.
  layered(canvas, draw) {
    if (!this.layers.has(canvas)) {
      draw(canvas, this.widths.get(canvas));
      const copy = document.createElement("canvas");
      copy.width = canvas.width; copy.height = canvas.height;
      if (canvas.width && canvas.height) copy.getContext("2d").drawImage(canvas, 0, 0);
      this.layers.set(canvas, copy);
    }
    const copy = this.layers.get(canvas), ctx = canvas.getContext("2d"), ratio = pixels(this.theme);
    if (!copy.width) return;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    ctx.drawImage(copy, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [left, right] = this.axis(canvas), strip = canvas.closest(".strip") ? 0.5 : 0;
    const x = left + ((right - left) * (this.step + strip)) / Math.max(this.run.last + strip * 2, 1);
    vertical(ctx, x, 0, canvas.height / ratio - 14, this.theme.accent, [], 2);
  }

  pictures() {
    if (!this.clean || !this.run?.pictures) return;
    const kept = [...this.frames.keys()].filter((t) => t <= this.step);
    const stored = kept.length ? Math.max(...kept) : null, cut = Number(this.pick(".reveal input").value) / 100;
    if (stored === this.stored && cut === this.cut) return;
    this.stored = stored; this.cut = cut;
    const { width, height, data: clean } = this.clean, frame = this.frames.get(stored);
    const put = (selector, pixels) => { const canvas = this.pick(selector); canvas.width = width; canvas.height = height; canvas.getContext("2d").putImageData(pixels, 0, 0); };
    put(".clean", this.clean);
    const noise = new ImageData(width, height), adversarial = new ImageData(width, height), edge = Math.round(width * cut);
    for (let i = 0; i < clean.length; i++) {
      if (i % 4 === 3) { noise.data[i] = adversarial.data[i] = 255; continue; }
      const z = frame ? (frame.pixels.data[i] - 128) * frame.gain * 127.5 / 127 : 0;
      noise.data[i] = 128 + z * this.run.pictures.magnify;
      adversarial.data[i] = (i >> 2) % width < edge ? clean[i] : clean[i] + z;
    }
    if (cut > 0 && cut < 1) for (let y = 0; y < height; y++) { const i = (y * width + Math.min(edge, width - 1)) * 4; adversarial.data[i] = adversarial.data[i + 1] = adversarial.data[i + 2] = 255; }
    put(".adversarial", adversarial);
    put(".noise", noise);
    this.pick(".gain").innerHTML = "";
    this.pick(".gain").append(`Perturbation × ${this.run.pictures.magnify}`);
    if (stored !== null && stored !== this.step) { const note = document.createElement("em"); note.textContent = ` · kept at step ${stored}`; this.pick(".gain").append(note); }
  }

  words() {
    const { run, step } = this;
    this.pick(".where").textContent = run.live ? `Step ${step} of ${run.n - 1}…` : `Step ${step} of ${run.n - 1}`;
    this.pick(".scrub input").value = step;
    this.pick(".sentence").textContent = run.sentences[step] ?? "";
    const branch = run.branches[run.branch[step]], arrow = { fell: "↑ grew", rose: "↔ averaged" }[branch] ?? "";
    const facts = [
      ["Attack", run.success[step] ? "succeeds" : "not yet", run.success[step] ? "good" : "bad"],
      ["Norm ‖z‖", short(run.norm[step])], ["Violated", `${run.open[step]} of ${run.constraints}`],
      ["ε " + arrow, short(run.epsilon[step])], ["Lagrangian", short(run.lagrangian[step])],
    ];
    this.pick(".facts").replaceChildren(...facts.map(([name, value, tone]) => {
      const box = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = name; dd.textContent = value; dd.className = tone ?? "";
      box.append(dt, dd);
      return box;
    }));
    const inside = run.rows.map((row, i) => [run.ranks[step * run.rows.length + i], row]).filter(([rank]) => rank <= run.k).sort((a, b) => a[0] - b[0]);
    const glyph = { true: "●", target: "▲", other: "■" };
    this.pick(".top").replaceChildren(`Top ${run.k} now: `, ...inside.map(([, row]) => {
      const chip = document.createElement("span");
      chip.className = "chip " + row.role; chip.textContent = `${glyph[row.role]} ${row.name}`;
      return chip;
    }));
  }

  legends() {
    const { run } = this, roles = [["true", "●", "true label"], ["target", "▲", "target"], ["other", "■", "other label"]];
    const present = roles.filter(([role]) => run.rows.some((row) => row.role === role));
    this.pick(".legend").replaceChildren(...[...present, ["", "○→●", "clean → now"]].map(([role, glyph, name]) => {
      const item = document.createElement("li"), sign = document.createElement("b");
      sign.textContent = glyph + " "; sign.style.color = this.theme[role] ?? "inherit";
      item.append(sign, name);
      return item;
    }));
    this.pick(".slack .note").textContent = run.barsNote;
    this.pick(".strip .note").textContent = (run.margin ? "green: met, paler within the margin" : "green: met") + " · red: violated, paler with a smaller weight · drag to move";
    this.pick(".curves .branches").textContent = run.events.length || run.branches[run.branch[run.n - 1]] === "fell" ? "● green: grew (L fell) · ▲ red: averaged (L rose)" : "no ε rule in this attack";
    this.pick(".curves figcaption:nth-of-type(2) .note").textContent = run.events.length ? "red: steps where L rose" : "";
  }

  // Texts for people who do not see the canvases; only when the cursor rests.
  describe() {
    const { run, step } = this;
    if (!run) return;
    const top = this.pick(".top").textContent, say = (selector, text) => this.pick(selector).setAttribute("aria-label", text);
    if (run.pictures) {
      say(".clean", "The original picture");
      say(".adversarial", `The picture with the perturbation of step ${step}`);
      say(".noise", `The perturbation of step ${step}, magnified ${run.pictures.magnify} times`);
    }
    say(".labels canvas", `Label confidences at step ${step}. ${top}.`);
    say(".slack canvas", `Slack and weight of ${this.view.bars.length} constraints at step ${step}; epsilon is ${short(run.epsilon[step])}.`);
    say(".epsilon", `Epsilon over ${run.n} steps; ${run.events.length} times averaged.`);
    say(".lagrangian", `Lagrangian over ${run.n} steps; ${short(run.lagrangian[step])} at step ${step}.`);
    say(".strip canvas", `Which of ${this.view.bars.length} constraints are met at each of ${run.n} steps.`);
  }

  destroy() {
    this.stop();
    this.deaf();
    clearTimeout(this.timer);
    this.watcher.disconnect();
  }
}

const players = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement));
  const player = players.get(parentElement);
  player.report = (at) => setStateValue("at", at);
  player.show(data);
  return () => { player.destroy(); players.delete(parentElement); };
}
