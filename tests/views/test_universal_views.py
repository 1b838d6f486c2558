"""Universal attacks as pictures and charts: what is drawn is what was recorded."""

from __future__ import annotations

import json
from io import BytesIO

from masw_core.universal import iterate_universal, load_universal
from masw_core.universal.recorder import UniversalRecorder
from masw_core.universal.showcase import Showcase
from masw_core.universal.verdict import judge
from masw_core.views import universal as views

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def record(tagger, images, true):
    recorder = UniversalRecorder()
    universal = load_universal("masw", inner={"steps": 6}, tau=2.0, passes=2, batch=10)
    for step in iterate_universal(universal, tagger, images, true, 2):
        recorder.take(step)
    return recorder.snapshot(complete=True)


def test_a_recorder_has_nothing_before_the_first_step():
    with pytest.raises(ValueError, match="wait for the first step"):
        UniversalRecorder().snapshot()


def test_the_rates_chart_draws_every_pass_from_the_clean_samples_on(record):
    rows, spec = views.rates_chart(record.history, passes=2)
    json.dumps([rows, spec], allow_nan=False)
    assert [row["pass"] for row in rows] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert {row["rate"]: row["percent"] for row in rows[3:6]} == {
        "ASR": pytest.approx(100 * record.history[1].asr, abs=0.1),
        "SASR": pytest.approx(100 * record.history[1].sasr, abs=0.1),
        "LFR": pytest.approx(100 * record.history[1].lfr, abs=0.1),
    }


def test_the_spec_does_not_change_while_a_run_goes_on(record):
    """Only the rows may: a changed spec makes the browser draw the chart anew, which flickers."""
    for chart in (views.rates_chart(record.history[:1], 2), views.rates_chart(record.history, 2)):
        assert chart[1] == views.rates_chart(record.history[:2], 2)[1]
    early, late = (views.batches_chart(record.batches[:n], 24, 2)[1] for n in (1, 7))
    assert early == late


def test_batches_lie_in_their_pass(record):
    rows, _ = views.batches_chart(record.batches, record.step.samples, 2)
    assert [row["pass"] for row in rows] == pytest.approx([0, 10 / 24, 20 / 24, 1, 34 / 24, 44 / 24, 2], abs=1e-3)
    assert [row["during"] for row in rows] == ["pass 0"] + 3 * ["pass 1"] + 3 * ["pass 2"]


def test_a_pair_is_the_clean_scene_and_the_changed_one(images, record):
    clean, z = images[0].numpy(), record.step.best.numpy()
    picture = np.asarray(Image.open(BytesIO(views.pair(clean, z))))
    assert picture.shape == (6, 12 + views.GAP, 4)
    changed = np.clip(clean + z, -1, 1).transpose(1, 2, 0)
    np.testing.assert_array_equal(picture[:, :6, :3], np.rint((clean.transpose(1, 2, 0) + 1) * 127.5))
    np.testing.assert_array_equal(picture[:, 6 + views.GAP :, :3], np.rint((changed + 1) * 127.5))
    assert not picture[:, 6 : 6 + views.GAP, 3].any(), "the gap is transparent"


def test_a_showcase_comes_back_from_its_file(tagger, images, true, record, tmp_path):
    verdict = judge(tagger, record.step.best, images[:3], true[:3], 2)
    shown = Showcase(
        about="a test",
        labels=tagger.labels,
        passes=2,
        training=24,
        history=record.history,
        batches=record.batches,
        best_pass=record.step.best_pass,
        z=record.step.best.numpy(),
        scenes=images[:3].numpy(),
        verdict=verdict,
    )
    shown.save(tmp_path / "case.npz")
    back = Showcase.load(tmp_path / "case.npz")
    assert (back.history, back.batches, back.labels) == (record.history, record.batches, tagger.labels)
    assert (back.verdict.held_out, back.verdict.noise) == (verdict.held_out, verdict.noise)
    np.testing.assert_array_equal(back.verdict.after, verdict.after)
    np.testing.assert_allclose(back.z, shown.z, atol=np.abs(shown.z).max() / 127)
    np.testing.assert_allclose(back.scenes, shown.scenes, atol=1 / 127.5)
