"""What is known of a model without loading it, and the error for one that cannot be had. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field

from masw_core.models.voc import VOC_LABELS


class ModelError(ValueError):
    """A model cannot be had; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class ModelInfo:
    """One row of ``list_models()``: what a model is, known without loading it."""

    name: str
    title: str
    summary: str
    images: str  # "drawings" or "photos": what it was trained on and makes sense of
    input_size: tuple[int, int]  # (height, width) in pixels
    licence: str
    downloads: str = ""  # what is fetched on first use and how big it is; empty: nothing
    labels: tuple[str, ...] = VOC_LABELS
    recommended_tau: dict[str, float] = field(default_factory=dict)
    ready: bool = True  # False: its weights have to be trained or fetched by the user first
