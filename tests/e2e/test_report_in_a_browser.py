"""A report opens from the disk without network: figures answer the pointer, and hostile names stay words."""

from __future__ import annotations

from dataclasses import replace

from masw_core import load_attack, load_model, plot, save_report
from masw_core.data.images import read_image
from masw_core.data.samples import list_samples
from masw_core.one_picture.report import attack_image

import pytest
from app_server import watched

SCENE = next(sample for sample in list_samples() if sample.model.startswith("scenes")).file
HOSTILE = "<img src='https://example.org/x' onerror='window.pwned = 1'></script><script>window.pwned = 1</script>"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    report = attack_image(load_attack("masw", steps=12), load_model("scenes"), read_image(SCENE), "worst", 3)
    trace = report.result.traces[0]
    names = [f"{name} {HOSTILE}" if j in trace.header["true"] else name for j, name in enumerate(plain(trace))]
    save_report(replace(trace, header={**trace.header, "labels": names, "picture": f"{HOSTILE}.png"}), file)
    return file


def plain(trace):
    assert plot(trace).data
    return trace.header["labels"]


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (420, "dark")])
def test_it_opens_without_network_and_its_figures_can_be_hovered(browser, file, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    page, asked = watched(context.new_page()), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    drawn = page.locator("figure.plot svg.main-svg .xy")
    drawn.last.wait_for()
    figure = page.locator("figure.plot", has_text="Confidence of the labels over the steps")
    figure.scroll_into_view_if_needed()
    box = figure.locator(".plot-container .draglayer .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = figure.locator(".hoverlayer .hovertext")
    for share in range(2, 10):  # somewhere on the way down there is a line
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * share / 10, steps=3)
        if tip.count():
            break
    tip.first.wait_for()
    assert page.evaluate("window.pwned") is None
    assert page.locator("img").count() == 3
    assert "</script>" in page.locator("tbody th").all_inner_texts()[13]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked), asked
    assert page.errors == []
    page.screenshot(path=str(file.with_name(f"{width}.png")), full_page=True)
    context.close()
