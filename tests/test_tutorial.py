"""The tutorial runs from top to bottom, as it is printed, and ships without what a run of it leaves behind."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(ROOT / "docs" / "tutorial.ipynb", as_version=4)


def test_it_ships_without_outputs(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) > 10
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


def test_it_runs(notebook):
    client = NotebookClient(notebook, timeout=200, resources={"metadata": {"path": str(ROOT)}})
    done = client.execute()  # a cell that fails raises, and says which
    outputs = [output for cell in done.cells for output in cell.get("outputs", ())]
    shown = [output.data for output in outputs if output.output_type in ("execute_result", "display_data")]
    figures = [data["application/vnd.plotly.v1+json"] for data in shown if "application/vnd.plotly.v1+json" in data]
    assert len(figures) == sum("plot(" in cell.source for cell in done.cells if cell.cell_type == "code")
    assert all(figure["data"] for figure in figures)
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "success: True" in printed
    assert "inside [0, 1]: True" in printed
    assert "comparison.html" in shown[-1]["text/plain"]
