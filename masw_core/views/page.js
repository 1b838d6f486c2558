// Draws the figures of a report in the colours of the page, and again when those change.
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 640px)");
  const drawn = [];

  const look = (layout, data) => {
    const css = getComputedStyle(document.documentElement);
    const [ink, line, raised] = ["--ink", "--line", "--raised"].map((name) => css.getPropertyValue(name).trim());
    const clear = "rgba(0,0,0,0)";
    const styled = {
      ...layout, paper_bgcolor: clear, plot_bgcolor: clear, font: { color: ink, family: "system-ui, sans-serif" },
      hoverlabel: { namelength: -1, bgcolor: raised, bordercolor: line, font: { color: ink } },
    };
    for (const axis of new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))])) {
      styled[axis] = { gridcolor: line, zerolinecolor: line, linecolor: line, ...layout[axis] };
    }
    if (narrow.matches) {
      styled.margin = { ...layout.margin, l: 48, r: 8 };
      const many = data.filter((one) => one.showlegend !== false).length > 6;
      styled.legend = { ...layout.legend, orientation: "h", x: 0, y: -0.2, yanchor: "top" };
      styled.showlegend = layout.showlegend ?? !many; // hovering tells the names
    }
    return styled;
  };

  const draw = () => drawn.forEach(({ place, spec }) => Plotly.react(
    place, spec.data, look(spec.layout, spec.data), { responsive: true, displaylogo: false },
  ));

  for (const figure of document.querySelectorAll("figure.plot")) {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    drawn.push({ place: figure.querySelector("div"), spec });
  }
  draw();
  dark.addEventListener("change", draw);
  narrow.addEventListener("change", draw);
  addEventListener("beforeprint", draw);
  addEventListener("afterprint", draw);
})();
