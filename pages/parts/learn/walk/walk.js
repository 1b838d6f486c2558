// One cursor over the steps of a run: lit lines of Algorithm 1, slack and weights as bars, the step's sentence.

const PACE = 3; // steps a second, slow enough to follow the lines

class Walk {
  constructor(root) {
    this.section = root.querySelector(".walk"); this.pick = (selector) => root.querySelector(selector);
    this.step = 0;
    this.section.onclick = (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.go) this.jump(button.dataset.go);
      else if (button) this.toggle();
    };
    this.pick(".scrub").oninput = (event) => { this.stop(); this.move(Number(event.target.value)); };
    this.section.onkeydown = (event) => this.key(event);
    this.deaf = pageKeys(this);
  }

  show(data) {
    const fresh = this.data?.id !== data.id;
    this.data = data;
    this.pick(".body").classList.toggle("plain", !data.lines.length);
    this.pick(".turn").hidden = !data.lines.length;
    this.pick(".scrub").max = data.n - 1;
    this.pick(".code").replaceChildren(...data.lines.map((line) => element("li", line)));
    this.pick(".bars").replaceChildren(...data.bars.map((bar) => {
      const row = document.createElement("li"), name = document.createElement("span");
      name.append(element("b", bar.name), " ", element("small", bar.wants));
      row.append(name, track("slack"), track("weight"));
      return row;
    }));
    if (fresh) { this.stop(); this.step = data.start; }
    this.move(this.step);
  }

  key(event) {
    const moves = { ArrowLeft: "-1", ArrowRight: "1", Home: "start" };
    const at = event.composedPath()[0];
    if (at.matches?.("input")) return;
    if (event.key === " " && !at.matches?.("button")) this.toggle();
    else if (moves[event.key]) this.jump(moves[event.key]);
    else return;
    event.preventDefault();
  }

  jump(where) {
    this.stop();
    const rise = this.data.decided.findIndex((line, step) => step > this.step && line === 6);
    this.move({ start: 0, turn: rise < 0 ? this.step : rise }[where] ?? this.step + Number(where));
  }

  toggle() {
    if (this.timer) { this.stop(); return; }
    if (this.step >= this.data.n - 1) this.move(0);
    this.timer = setInterval(() => { this.move(this.step + 1); if (this.step >= this.data.n - 1) this.stop(); }, 1000 / PACE);
    this.pick(".play").textContent = "Pause";
  }

  stop() {
    clearInterval(this.timer); this.timer = 0;
    this.pick(".play").textContent = "Play";
  }

  move(step) {
    const { data } = this;
    this.step = step = Math.max(0, Math.min(step, data.n - 1));
    this.section.dataset.step = step;
    this.pick(".scrub").value = step;
    this.pick(".where").textContent = `Step ${step} of ${data.n - 1}`;
    [...this.pick(".code").children].forEach((line, i) => {
      line.className = data.decided[step] === i + 1 ? "decided" : data.lit[step].includes(i + 1) ? "lit" : "";
    });
    const knee = data.epsilon[step];
    this.pick(".knee").textContent = `┆ ε ${short(knee)}`;
    [...this.pick(".bars").children].forEach((row, j) => {
      const slack = data.slack[step][j], weight = data.weights[step][j], [left, right] = row.querySelectorAll(".track");
      row.className = data.met[step][j] ? "met" : "";
      fill(left, slack / data.most, (data.met[step][j] ? "✓ " : "") + short(slack));
      left.querySelector("u").style.left = `${Math.min(100, (100 * knee) / data.most)}%`;
      fill(right, weight, weight.toFixed(2));
    });
    this.pick(".numbers").textContent = `L ${short(data.lagrangian[step])}`;
    this.pick(".sentence").textContent = data.sentences[step];
  }

  destroy() {
    this.stop();
    this.deaf();
  }
}

const short = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2));

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function track(kind) {
  const made = document.createElement("span");
  made.className = `track ${kind}`;
  made.append(document.createElement("i"), document.createElement("u"), document.createElement("span"));
  if (kind === "weight") made.querySelector("u").hidden = true;
  return made;
}

function fill(bar, share, text) {
  bar.querySelector("i").style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  bar.querySelector("span").textContent = text;
}

const walks = new WeakMap();

export default function ({ parentElement, data }) {
  if (!walks.has(parentElement)) walks.set(parentElement, new Walk(parentElement));
  const walk = walks.get(parentElement);
  walk.show(data);
  return () => { walk.destroy(); walks.delete(parentElement); };
}
