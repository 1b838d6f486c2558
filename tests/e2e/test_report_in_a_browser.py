"""A report opens from the disk without network: figures answer the pointer, and hostile names stay words."""

from __future__ import annotations

from dataclasses import replace

from masw_core import load_attack, load_model, save_report
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
    labels, true = trace.header["labels"], trace.header["true"]
    names = [f"{name} {HOSTILE}" if j in true else name for j, name in enumerate(labels)]
    save_report(replace(trace, header={**trace.header, "labels": names, "picture": f"{HOSTILE}.png"}), file)
    return file


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (420, "dark")])
def test_it_opens_without_network_and_its_figures_can_be_hovered(browser, file, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    page, asked = watched(context.new_page()), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_function("document.querySelectorAll('figure.plot .draglayer').length === 6")
    figure = page.locator("figure.plot", has_text="Confidence of the labels over the steps")
    figure.scroll_into_view_if_needed()
    box = figure.locator(".draglayer .nsewdrag").bounding_box()
    tip = figure.locator(".hoverlayer .hovertext")
    for share in range(19, 0, -1):  # somewhere on the way up there is a line
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * share / 20, steps=3)
        page.wait_for_timeout(120)
        if tip.count():
            break
    assert "(" in tip.first.text_content()
    assert page.evaluate("window.pwned") is None
    assert page.locator("img").count() == 3
    assert page.locator("tbody th", has_text="</script>").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked), asked
    assert page.errors == []
    context.close()
