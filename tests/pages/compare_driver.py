"""How tests drive the Compare page without a browser."""

from __future__ import annotations

from pages.parts.compare.methods import method_titles

from lab_driver import ROOT
from streamlit.testing.v1 import AppTest

PAGE = "pages/compare.py"
TITLES = method_titles()


def open_compare(methods=(), **query) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    chosen = {"cmp_methods": [TITLES[method] for method in methods]} if methods else {}
    for name, value in {"cmp_steps": "6", **chosen, **query}.items():
        at.query_params[name] = value
    at.run()
    at.switch_page(PAGE).run()
    assert not at.exception, at.exception
    return at


def compared(at: AppTest, seconds: float = 30.0) -> AppTest:
    at.button(key="cmp_run").click().run()
    at.session_state["cmp_current_run"].job.join(seconds)
    at.run()
    assert not at.exception, at.exception
    return at
