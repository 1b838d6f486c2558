// What the player says in words: buttons of runs and constraints, legends, the sentence, texts for screen readers.

function item(html, attributes) {
  const entry = document.createElement("li"), button = document.createElement("button");
  button.type = "button"; button.innerHTML = html;
  for (const [name, value] of Object.entries(attributes)) button.setAttribute(name, value);
  entry.append(button);
  return entry;
}

const safe = (text) => { const box = document.createElement("i"); box.textContent = text; return box.innerHTML; };

// Everything that changes with a choice, not with a step.
function signs(player) {
  const { data, runs, chosen, theme, view, constraint, pick } = player, run = runs[chosen];
  player.root.querySelectorAll("[data-view]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.view === view)));
  pick(".runs").replaceChildren(...runs.map((r, i) => item(`${sign(r.mark, r.colour)}${safe(r.title)}`, { "data-run": i, "aria-pressed": String(i === chosen) })));
  const chips = pick(".chips"), share = data.plane.share ?? [];
  chips.hidden = view !== "constraints" || !run;
  if (!chips.hidden) {
    const styles = constraintStyles(run, theme), percent = (v) => (v * 100).toFixed(v < 0.1 && v > 0 ? 1 : 0) + " %";
    chips.replaceChildren(
      item(`All together · ${percent(data.plane.together)}`, { "data-constraint": -1, "aria-pressed": String(constraint === -1) }),
      ...run.constraints.map((c, j) => item(`${stroke(styles[j])} ${safe(c.name)} · ${percent(share[j] ?? 0)}`, { "data-constraint": j, "aria-pressed": String(constraint === j) })));
  }
  const notes = { slack: run ? `in ${run.space}s` : "", weights: run && !run.weighted ? "this attack has no weights" : "", epsilon: "", lagrangian: "▲ it rose" };
  player.curves.forEach((canvas) => { canvas.parentElement.querySelector(".note").textContent = notes[canvas.dataset.curve]; });
  pick(".hint").textContent = hint(player);
  if (data.mode === "film") pick(".legend").replaceChildren(...runs.map(summary));
}

// One line per run of a recorded film, instead of curves.
function summary({ mark, colour, title, first, numbers }) {
  const row = document.createElement("li"), reached = first === null ? "never reaches its goal" : `reaches its goal at step ${first}`;
  row.innerHTML = `${sign(mark, colour)} <span><b>${safe(title)}</b> ${reached}, travels ${numbers.travelled.toFixed(2)} to get ${numbers.gained.toFixed(2)} away</span>`;
  return row;
}

function hint({ data, view, runs, chosen }) {
  if (data.mode === "paint") return "Click or drag to drop points with the label set of the brush, or use arrows and Enter; the network is trained again at once.";
  if (data.mode === "candidates") return "Drag the two candidate points, or use arrows and Enter. The cross is the clean point.";
  const run = runs[chosen], touch = data.mode === "film" ? "" : " Click or drag to set the start.";
  const arrows = !run?.pulls.length ? "" : run.weighted
    ? " Thin arrows: how each violated constraint pulls, w λ slack ∇CT; thick: their sum, the step."
    : " Arrows: which way each violated constraint would be met.";
  if (view === "constraints") return (data.plane.together === 0
    ? "No point of the box meets all constraints at once: Theorem 1 at work."
    : "Stronger tint: more constraints hold. Green stripes: all of them hold together.") + arrows + touch;
  if (view === "surface") return (run?.weighted ? "The Lagrangian under the weights of this step, recomputed at every step." : "The objective that this attack lowers; it has no weights, so it stands still.") + touch;
  return "Tints: label sets. Cross: start. A ring around a dot: the goal is reached." + touch;
}

// Everything that changes with the step.
function words(player) {
  const { runs, chosen, step, last, theme, pick } = player, run = runs[chosen];
  pick(".where").textContent = runs.length ? `Step ${step} of ${last}` : "";
  pick(".scrub").value = step;
  if (!run) { pick(".sentence").textContent = ""; pick(".legend").replaceChildren(); return; }
  pick(".sentence").textContent = run.sentences?.[step] ?? ending(run, step);
  if (player.section.classList.contains("brief")) return;
  const m = run.constraints.length, styles = constraintStyles(run, theme);
  const rows = run.constraints.map((c, j) => {
    const slack = run.slack[step * m + j], weight = run.weights[step * m + j], row = document.createElement("li");
    row.innerHTML = `${stroke(styles[j])} ${safe(c.name)}: ${slack > 0 ? short(slack) : "✓"}${run.weighted ? ` × ${weight.toFixed(2)}` : ""}`;
    return row;
  });
  pick(".legend").replaceChildren(...rows);
  player.curves.forEach((canvas) => {
    const kind = canvas.dataset.curve;
    if (kind === "epsilon") canvas.parentElement.querySelector(".note").textContent = short(run.epsilon[step]);
    if (kind === "lagrangian") canvas.parentElement.querySelector(".note").textContent = `${short(run.lagrangian[step])} · ▲ it rose`;
  });
}

// For recorded runs without sentences: where it stands, in a few words.
function ending(run, step) {
  const reached = run.first !== null && run.first !== undefined;
  const so_far = run.success[step] ? "its goal is reached" : "its goal is not reached";
  return `${run.title}: at this step ${so_far}; ${reached ? `first reached at step ${run.first}` : "it never gets there"}. In all it travels ${run.numbers.travelled.toFixed(2)} to get ${run.numbers.gained.toFixed(2)} away.`;
}

// Texts for people who do not see the canvases; only when the cursor rests.
function describe(player) {
  const { runs, step, last, data } = player;
  const where = runs.map((r) => `${r.title} at ${r.path[2 * step].toFixed(2)}, ${r.path[2 * step + 1].toFixed(2)}${r.success[step] ? ", goal reached" : ""}`);
  player.canvas.setAttribute("aria-label", runs.length ? `The plane at step ${step} of ${last}. ${where.join(". ")}.` : "The plane with its regions.");
  player.curves.forEach((canvas) => canvas.setAttribute("aria-label", `${canvas.dataset.curve} over ${last} steps of ${runs[player.chosen]?.title ?? "no run"}`));
  const byHand = ["candidates", "paint"].includes(data.mode);
  player.canvas.setAttribute("role", byHand ? "application" : "img");
  if (byHand) player.canvas.setAttribute("aria-label", handSays(player));
}
