"""Make a trained network cheap to differentiate with respect to its input, without changing what it computes.

An attack runs the same frozen network hundreds of times forward and backward. Two things pay on every step:
each batch-norm that directly follows a convolution is folded into that convolution (in evaluation mode it is
a per-channel scale and shift), and weights are laid out channels-last, which convolution kernels prefer.
What was measured is in benchmarks/.
"""

import threading
from collections import Counter
from typing import Any

from masw_core.models.multi_label import MultiLabelModel

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_ONE_AT_A_TIME = threading.Lock()  # of two traces that overlap, the second would put the first one's catcher back


def prepare(model: MultiLabelModel, device: torch.device) -> MultiLabelModel:
    """Put a model into the state attacks want: evaluation mode, frozen, folded, channels-last, on ``device``.

    Works in place and returns the model.
    """
    model.eval().requires_grad_(False)
    fold_batch_norm(model.module)
    model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.memory_format = torch.channels_last
    return model


def fold_batch_norm(module: nn.Module) -> int:
    """Fold every batch-norm whose only input is a convolution used nowhere else; return how many were.

    The module must be in evaluation mode and keeps its own Python code: torch.fx only finds the pairs. A
    module that cannot be traced as a whole is tried child by child; what cannot be traced stays as it is.
    """
    graph = _trace(module)
    if graph is None:
        return sum(fold_batch_norm(child) for child in module.children())
    modules = dict(module.named_modules())
    uses = Counter(id(modules[node.target]) for node in graph.nodes if node.op == "call_module")
    folded = 0
    for node in graph.nodes:
        pair = _conv_and_norm(node, modules)
        if pair is None or any(uses[id(part)] != 1 for part in pair):
            continue
        conv, norm = pair
        module.set_submodule(node.args[0].target, fuse_conv_bn_eval(conv, norm))
        module.set_submodule(node.target, _what_is_left_of(norm))
        folded += 1
    return folded


class _PairTracer(fx.Tracer):
    """Records convolutions and norms as single calls, also the subclasses other libraries make of them.

    While it traces, torch.fx catches the calls of every module in the process. Those that other threads make, such as
    an attack on another model, are let through.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def call_module(self, m: nn.Module, forward: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, nn.Conv2d | nn.BatchNorm2d) or super().is_leaf_module(m, module_qualified_name)


def _trace(module: nn.Module) -> fx.Graph | None:
    """The calls a module makes, or None where its code looks at values or shapes and cannot be traced."""
    try:
        with _ONE_AT_A_TIME:
            return _PairTracer().trace(module)
    except (fx.proxy.TraceError, TypeError, ValueError, AttributeError, RuntimeError, IndexError, KeyError):
        return None  # what someone's forward() raises when it is handed a placeholder instead of a tensor


def _conv_and_norm(node: fx.Node, modules: dict[str, nn.Module]) -> tuple[nn.Conv2d, nn.BatchNorm2d] | None:
    """The pair that ends at this node, if the node is a batch-norm fed by nothing but a convolution."""
    if node.op != "call_module" or len(node.args) != 1 or not isinstance(node.args[0], fx.Node):
        return None
    source = node.args[0]
    if source.op != "call_module" or len(source.users) != 1:
        return None
    conv, norm = modules[str(source.target)], modules[str(node.target)]
    if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d) or norm.running_var is None:
        return None
    return (conv, norm) if not (conv.training or norm.training) else None


def _what_is_left_of(norm: nn.BatchNorm2d) -> nn.Module:
    """Nothing, or the activation where a library (timm) merges it into its batch-norm class."""
    activation = getattr(norm, "act", None)
    left = activation if isinstance(activation, nn.Module) else nn.Identity()
    return left.eval()  # a new module starts in training mode, which every attack step would have to undo
