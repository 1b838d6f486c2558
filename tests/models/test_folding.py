"""Folding changes the cost of a network and nothing else: outputs and gradients stay."""

import copy
import threading

from masw_core.models import MultiLabelModel
from masw_core.models.folding import fold_batch_norm, prepare

import pytest
import torch
from torch import Tensor, nn


def norms(module: nn.Module) -> int:
    return sum(isinstance(part, nn.BatchNorm2d) for part in module.modules())


def lively(module: nn.Module) -> nn.Module:
    """Double precision, evaluation mode and statistics worth folding."""
    torch.manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean = torch.randn_like(part.running_mean)
            part.running_var = torch.rand_like(part.running_var) + 0.5
            nn.init.normal_(part.weight)
            nn.init.normal_(part.bias)
    return module.double().eval()


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.relu(self.norm(self.conv(x)))


class LooksAtValues(nn.Module):
    """Cannot be traced as a whole, but its children can."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(Residual(), Residual())

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x) if x.sum() > 0 else self.inner(x) * 2


class ConvUsedTwice(Residual):
    def forward(self, x: Tensor) -> Tensor:
        scores = self.conv(x)
        return scores + self.norm(scores)


class NormUsedTwice(Residual):
    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.norm(self.conv(x)))


class NormFirst(Residual):
    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.norm(x))


@pytest.mark.parametrize(
    ("network", "folded"),
    [
        (nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU()), 1),
        (nn.Sequential(nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6, affine=True), nn.Conv2d(6, 4, 1, bias=False)), 1),
        (nn.Sequential(Residual(), Residual()), 2),
        (LooksAtValues(), 2),
        (ConvUsedTwice(), 0),
        (NormUsedTwice(), 0),
        (NormFirst(), 0),
        (nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4, track_running_stats=False)), 0),
    ],
)
def test_folding_keeps_outputs_and_gradients(network: nn.Module, folded: int) -> None:
    plain = network.double().eval() if norms(network) > folded == 0 else lively(network)
    quick = copy.deepcopy(plain)
    before = norms(plain)
    assert fold_batch_norm(quick) == folded
    assert norms(quick) == before - folded
    x = torch.randn(2, 4, 8, 8, dtype=torch.float64, requires_grad=True)
    wanted, got = plain(x), quick(x)
    torch.testing.assert_close(got, wanted)
    weight = torch.randn_like(wanted)
    gradients = [torch.autograd.grad((y * weight).sum(), x)[0] for y in (wanted, got)]
    torch.testing.assert_close(gradients[1], gradients[0])


def test_a_network_in_training_mode_is_left_alone() -> None:
    network = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)).train()
    assert fold_batch_norm(network) == 0


def test_prepare_freezes_and_lays_out_channels_last() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2))
    model = MultiLabelModel(network, ["a", "b"], (8, 8), mean=(0.4,) * 3).train()
    reference = copy.deepcopy(model).eval()
    prepare(model, torch.device("cpu"))
    assert not any(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    x = torch.rand(2, 3, 8, 8, requires_grad=True)
    torch.testing.assert_close(model(x), reference(x))
    (gradient,) = torch.autograd.grad(model(x).sum(), x)
    assert gradient.shape == x.shape


def test_other_networks_run_while_one_is_traced() -> None:
    """A class opens pages while runs go on: loading a model must not disturb the models that are there."""
    other, x = lively(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())), torch.ones(1, 3, 6, 6, dtype=torch.float64)
    alone, seen = other(x), []

    class Traced(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            thread = threading.Thread(target=lambda: seen.append(other(x)))
            thread.start()
            thread.join()
            return self.norm(self.conv(z))

    assert fold_batch_norm(lively(Traced())) == 1
    assert torch.equal(seen[0], alone)


def test_two_networks_traced_at_once_leave_nothing_behind() -> None:
    untouched, begun = nn.Module.__call__, threading.Event()

    class Slow(nn.Sequential):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            begun.set()
            threading.Event().wait(0.05)
            return super().forward(z)

    networks = [lively(Slow(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))) for _ in range(3)]
    folded: list[int] = []
    threads = [threading.Thread(target=lambda one=one: folded.append(fold_batch_norm(one))) for one in networks]
    for thread in threads:
        thread.start()
        begun.wait(5)
        begun.clear()
    for thread in threads:
        thread.join(5)
    assert folded == [1, 1, 1]
    assert nn.Module.__call__ is untouched
