"""A bundle that is opened: its run is shown as it was recorded, and the controls are set as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masw_core.engine.jobs import ended, sentence_for
from pages.parts.lab.advanced import shown_as
from pages.parts.lab.state import JOB_PAGE, LabRun, Order
from pages.shared import compute
from pages.shared.cases import CASES
from pages.shared.controls import MOST_SEED
from pages.shared.following import keep_value
from pages.shared.from_link import put_back
from pages.shared.links import LAB
from pages.shared.task import Picture
from pages.shared.upload import UPLOAD_MODEL, put_picture, put_sample

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from masw_core.one_picture.bundle import Bundle

FILE, SAID = LAB.widget("bundle"), LAB.widget("bundle_said")
MEGABYTES = 48  # the server's own limit


def offer() -> None:
    """The folded uploader, and what is to be said of the file that came."""
    with st.expander("Open a bundle", icon=":material/folder_open:", key=LAB.widget("open_bundle")):
        st.file_uploader(
            "A bundle", ["zip"], key=FILE, max_upload_size=MEGABYTES, label_visibility="collapsed", on_change=_opened
        )
        st.caption("A ZIP from “Take it with you” below, or from masw attack --bundle. Nothing is computed again.")
    kind, sentence = st.session_state.get(SAID, ("", ""))
    if kind == "error":
        st.error(f"{sentence} Your settings are kept.", icon=":material/folder_off:")
    elif sentence:
        st.caption(sentence)


def _opened() -> None:
    """Callback: somebody chose a file, or took it away."""
    from masw_core.one_picture.bundle import BundleError, read_bundle

    st.session_state.pop(SAID, None)
    file = st.session_state.get(FILE)
    if file is None:
        return
    try:
        bundle = read_bundle(file)
    except BundleError as error:
        st.session_state[SAID] = ("error", str(error))
        return
    lacks = _lacks(bundle)
    missing = _restore(bundle, here=not lacks)
    run = LabRun(
        _order(bundle), ended(bundle.trace, len(bundle.trace)), "", opens_at=bundle.step, opened=True, lacks=lacks
    )
    JOB_PAGE.put(run)
    st.session_state[SAID] = ("note", " ".join(filter(None, [lacks, missing])))


def _lacks(bundle: Bundle) -> str:
    """Why the model of a bundle cannot be asked here, in a sentence; empty where it can."""
    from masw_core.models import list_models

    name, header = bundle.trace.header["model"], bundle.trace.header
    if name not in [info.name for info in list_models()]:
        return f"The model {name} is not here: the run is shown, but what would ask the model is left out."
    try:
        model = compute.loaded(name).model
    except ValueError as error:
        return sentence_for(error)
    if list(model.labels) != header["labels"] or tuple(model.input_size) != bundle.trace.image.shape[1:]:
        return f"The model {name} is another one here: the run is shown, but what would ask the model is left out."
    return ""


def _order(bundle: Bundle) -> Order:
    """What the run was asked for, as if it had been asked here; its picture is the one that is chosen now."""
    header = bundle.trace.header
    return Order(
        _picture(bundle),
        header["model"],
        header["case"],
        header["k"],
        bundle.true,
        bundle.seed,
        bundle.attack_cost,
        attack=header["attack"],
        preset=bundle.preset,
        settings=tuple(sorted(bundle.settings.items())),
    )


def _picture(bundle: Bundle) -> Picture:
    """The picture of a bundle, chosen: the sample that it is, else the one that came along."""
    from masw_core.data.samples import list_samples
    from masw_core.models import list_models
    from masw_core.one_picture.outcome import pictures_at

    trace = bundle.trace
    for sample in list_samples():
        if bundle.picture in (sample.title, sample.id, sample.file.name):
            seen = compute.model_input(f"sample {sample.id}", sample.file.read_bytes(), trace.image.shape[1:])
            if np.array_equal(seen, trace.image):
                return put_sample(LAB, sample)
    known = trace.header["model"] in [info.name for info in list_models()]
    model = trace.header["model"] if known else UPLOAD_MODEL
    return put_picture(LAB, bundle.picture, pictures_at(trace, 0)["picture.png"], model)


def _restore(bundle: Bundle, here: bool) -> str:
    """Set the controls as they were; what they cannot say, in a sentence.

    Args:
        bundle: what was opened.
        here: whether its model is.
    """
    from masw_core.attacks import attack_info

    state, header = st.session_state, bundle.trace.header
    put_back(LAB, set())
    values: dict[str, Any] = {LAB.attack.key: header["attack"], LAB.cost.key: bundle.attack_cost}
    if header["case"] in CASES:
        values[LAB.case.key] = header["case"]
    if bundle.seed <= MOST_SEED:
        values[LAB.seed.key] = bundle.seed
    if here:
        values |= {LAB.model.key: header["model"], LAB.k.key: header["k"], LAB.true.key: list(bundle.true)}
        keep_value(LAB.model.key)
        keep_value(LAB.true.key)
    info, left_out = attack_info(header["attack"]), []
    values[LAB.preset(info.name).key] = bundle.preset
    settings = {setting.name: setting for setting in info.settings}
    for name, value in bundle.settings.items():
        shown = shown_as(settings[name], value)
        if shown is None:
            left_out.append(name)
        else:
            values[LAB.setting(info.name, name).key] = shown
    state.update(values)
    if not left_out:
        return ""
    return f"No control here takes its {' and its '.join(left_out)}, so Run would not repeat that."
