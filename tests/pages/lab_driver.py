"""How tests drive the lab without a browser, and the small network they put behind every model name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from masw_core.models import VOC_LABELS, MultiLabelModel
from pages.shared.parameters import PageLinks

import torch
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
LAB = "pages/attack_lab.py"


def small_model(name: str, device: str = "cpu") -> MultiLabelModel:
    """Random but fixed: 20 labels on 24 x 24 pixels, half of the logits positive."""
    generator = torch.Generator().manual_seed(3)
    layer = torch.nn.Linear(3 * 24 * 24, 20)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * 0.05)
        layer.bias.copy_(torch.linspace(2.5, -2.5, 20))
    return MultiLabelModel(torch.nn.Sequential(torch.nn.Flatten(), layer), VOC_LABELS, (24, 24), name=name).eval()


def open_lab(**query: str) -> AppTest:
    """The lab, opened with these query parameters."""
    return _opened(LAB, query, seconds=30)


def open_page(page: PageLinks, query: Mapping[str, str | list[str]]) -> AppTest:
    """A page, opened with these query parameters."""
    return _opened(page.file, query, seconds=60)


def _opened(file: str, query: Mapping[str, str | list[str]], seconds: float) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=seconds)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    at.switch_page(file).run()
    assert not at.exception, at.exception
    return at


def run_to_the_end(at: AppTest, seconds: float = 30.0) -> AppTest:
    """Press Run and wait for the job; the page has no timer in these tests."""
    at.button(key="lab_run").click().run()
    assert not at.exception, at.exception
    job = at.session_state["lab_current_run"].job
    job.join(seconds)
    at.run()
    assert not at.exception, at.exception
    return at


def job_of(at: AppTest):
    return at.session_state["lab_current_run"].job
