"""Learn: every idea renders, asks before it shows, answers on the spot, and keeps its progress in the address."""

from __future__ import annotations

import subprocess
import sys

from masw_core.views.glossary import has_term
from pages.parts.learn.course import CHAPTERS
from pages.parts.learn.goals import goal_on_the_picture
from pages.parts.learn.huber import curves
from pages.parts.learn.measured import gains, said
from pages.parts.learn.progress import SHOWN, Progress
from pages.parts.learn.run import course_run
from pages.parts.learn.ties import PAIRS, _setup
from pages.shared.links import LEARN

import numpy as np
import pytest
from lab_driver import ROOT
from streamlit.testing.v1 import AppTest

COUNTS = tuple(len(chapter.options) for chapter in CHAPTERS)
IDEAS = range(1, len(CHAPTERS) + 1)


def course(idea: object = 1, answers: str = "", **more: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name, value in {LEARN.idea.key: str(idea), LEARN.answers.key: answers, **more}.items():
        at.query_params[name] = value
    at.switch_page(LEARN.file).run()
    assert not at.exception, at.exception
    return at


def answers_to(idea: int, answer: int) -> str:
    return ".".join(["-"] * (idea - 1) + [str(answer)])


def said_in(at) -> str:
    return " ".join(element.value for element in (*at.markdown, *at.success, *at.warning, *at.info))


@pytest.mark.parametrize("idea", IDEAS)
def test_every_idea_asks_first_and_reveals_on_the_spot(idea):
    chapter = CHAPTERS[idea - 1]
    at = course(idea)
    assert chapter.question in said_in(at)
    assert chapter.after not in said_in(at)
    wrong = next(number for number in range(1, len(chapter.options) + 1) if number != chapter.right)
    at.button(key=f"learn_option_{wrong}").click().run()
    assert not at.exception, at.exception
    assert chapter.options[wrong - 1].why in at.warning[0].value
    assert chapter.options[chapter.right - 1].why in at.info[0].value
    assert chapter.after in said_in(at)
    assert at.query_params[LEARN.answers.key] == answers_to(idea, wrong)
    at.button(key="learn_again").click().run()
    assert chapter.after not in said_in(at)
    at.button(key=f"learn_option_{chapter.right}").click().run()
    assert not at.exception, at.exception
    assert chapter.options[chapter.right - 1].why in at.success[0].value
    assert not at.warning


def test_progress_comes_back_from_the_address():
    at = course(3, "2.0.1")
    assert "1 of 8" not in said_in(at)
    assert at.subheader[0].value == f"3. {CHAPTERS[2].title}"
    assert CHAPTERS[2].after in said_in(at)
    at.button(key="learn_next").click().run()
    assert at.subheader[0].value == f"4. {CHAPTERS[3].title}"
    assert at.query_params[LEARN.idea.key] == "4"
    assert at.query_params[LEARN.answers.key] == "2.0.1"


@pytest.mark.parametrize(
    ("idea", "answers", "at", "given"),
    [
        ("999", "", 8, (None,) * 8),
        ("0", "1", 1, (1, *(None,) * 7)),
        ("-3", "9.99999.1", 1, (None, None, 1, *(None,) * 5)),
        ("<script>", "a.2.²", 1, (None, 2, *(None,) * 6)),
        ("9" * 500, "0" * 500, 1, (None,) * 8),
        ("2", ".".join(["1"] * 50), 2, (1,) * 8),
    ],
)
def test_whatever_the_address_says_it_opens(idea, answers, at, given):
    progress = Progress.read(idea, answers, COUNTS)
    assert (progress.idea, progress.answers) == (at, given)
    assert Progress.read(*progress.written(), COUNTS) == progress


def test_a_hostile_address_shows_a_page():
    at = course("<script>alert(1)</script>", "%00.." + "x" * 300)
    assert at.subheader[0].value.startswith("1. ")
    assert at.query_params[LEARN.idea.key] == "1"


def test_show_me_counts_as_answered_without_a_verdict():
    at = course(1, str(SHOWN))
    assert not at.warning
    assert not at.success
    assert CHAPTERS[0].after in said_in(at)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.key)
def test_an_idea_has_one_right_option_and_known_terms(chapter):
    assert sum(option.right for option in chapter.options) == 1
    assert len(chapter.options) >= 3
    assert all(has_term(key) for key in chapter.terms)
    assert len(chapter.text.split()) <= 80, "one screen"


def test_what_the_texts_say_of_the_recorded_run_is_so():
    run = course_run()
    flips = [place for place, row in enumerate(run.constraints) if "0.5" in row["wants"]]
    surest = max(run.true, key=lambda place: run.scores[0, place])
    most = flips[int(np.argmax(run.slack[0, flips]))]
    assert run.constraints[most]["name"] == run.labels[surest]["name"]
    assert run.k == 3
    assert (len(run.true), len(run.labels)) == (4, 20)
    assert goal_on_the_picture("untargeted")[1] == 8
    assert {goal_on_the_picture(case)[1] for case in ("best", "random", "worst")} == {24}
    assert {1, 2} <= set(run.branch.tolist()), "both branches of Algorithm 1 are lit"
    assert run.data["first"] is None, "the goal does not fit into the radius"


def test_the_old_measures_tie_and_the_soft_ones_do_not():
    from masw_core.toy.layouts import LAYOUTS
    from masw_core.views.toy_points import seen_at

    for panel, (old, soft) in PAIRS.items():
        first, second = seen_at(_setup(panel), LAYOUTS[panel].candidates)
        assert first.measures[old] == second.measures[old]
        assert first.measures[soft] != second.measures[soft]


def test_the_knee_of_the_figure_is_the_knee():
    slack, weight, pull, loss = curves("fixed", 1.5)
    np.testing.assert_allclose(pull, np.minimum(slack, 1.5))
    np.testing.assert_allclose(weight * slack, pull)
    assert loss[-1] == pytest.approx(1.5 * slack[-1] - 1.5**2 / 2, rel=1e-3)


def test_the_measurements_say_what_the_course_says():
    found = gains()
    small, whole = min(found), max(found)
    gain = {share: found[share]["lfr"][0] - found[share]["lfr"][1] for share in found}
    assert gain[small] > 3
    assert gain[small] > gain[whole] + 3
    assert abs(found[whole]["asr"][0] - found[whole]["asr"][1]) < 2
    assert abs(found[small]["lfr"][0] - found[small]["lfr"][2]) < 2
    assert f"{found[small]['lfr'][0]:.0f} %" in said()


def test_the_glossary_is_searched():
    at = course()
    at.text_input(key="learn_find").set_value("huber nonsense").run()
    assert any("No row has" in caption.value for caption in at.caption)
    at.text_input(key="learn_find").set_value("ε").run()
    assert "first threshold" in list(at.dataframe[0].value["name"])


def test_the_first_idea_imports_neither_torch_nor_plotly():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "  # which imports plotly itself: forget that
        "[sys.modules.pop(name) for name in list(sys.modules) if name.split('.')[0] == 'plotly']; "
        "at = AppTest.from_file('app.py', default_timeout=30).run().switch_page('pages/learn.py').run(); "
        "assert not at.exception and at.subheader, at.exception; "
        "print(sorted({'torch', 'plotly', 'torchvision'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
