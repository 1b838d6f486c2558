"""What a training leaves on disk: finished weights with their card, and the state to go on from.

Every file appears whole or not at all: it is written beside its place and moved there. A full disk is an
``OSError`` and leaves what was there before.
"""

import io
import json
from pathlib import Path
from typing import Any

from masw_core.trace.whole import write_whole

import torch
from safetensors.torch import save
from torch import nn


def write_weights(path: Path, network: nn.Module, card: dict[str, Any]) -> None:
    """``path`` (.safetensors) with the card inside, and the card as JSON beside it."""
    weights = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    write_whole(path, save(weights, metadata={"card": json.dumps(card)}))
    write_whole(path.with_suffix(".json"), (json.dumps(card, indent=1) + "\n").encode())


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Tensors, numbers and text of a running training."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(path, buffer.getbuffer())


def read_state(path: Path) -> dict[str, Any]:
    """The state written by ``write_state``; nothing in the file is executed.

    Raises ``ValueError`` where there is none or it is damaged.
    """
    if not path.exists():
        raise ValueError(f"there is no unfinished training {path} to resume: leave --resume out to start one")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ValueError(f"{path} is damaged: delete it and start the training again") from error
