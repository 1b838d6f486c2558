"""What generators lower: derivatives are right, nothing is altered in place, and the terms mean what they say."""

from __future__ import annotations

from masw_core.generative import losses
from masw_core.generative.features import FeatureReader, by_position
from masw_core.generative.objectives import Lpd, ReducedGama, prompts_for

import pytest
import torch


def features(seed: int, positions: int = 4) -> torch.Tensor:
    return torch.randn(3, positions, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


CLEAN = features(0)
TEXT = losses.pooled(features(3))
TERMS = {
    "attention_cosine": lambda a: losses.attention_cosine(a, CLEAN),
    "away_from_clean": lambda a: losses.away_from_clean(losses.pooled(a), losses.pooled(CLEAN), margin=2.5),
    "contrastive": lambda a: losses.contrastive(losses.pooled(a), TEXT, losses.pooled(CLEAN), 2.5),
    "image_gap": lambda a: losses.image_gap(losses.pooled(a), TEXT),
    "global_gap": lambda a: losses.global_gap(a, CLEAN),
    "local_patches": lambda a: losses.local_patches(a, CLEAN, torch.tensor([2, 0])),
    "reduced gama": lambda a: ReducedGama()(a, CLEAN, CLEAN, torch.Generator()),
    "lpd": lambda a: Lpd()(a, CLEAN, CLEAN, torch.Generator().manual_seed(1)),
}


@pytest.mark.parametrize("name", TERMS)
def test_gradients_are_those_of_finite_differences(name):
    assert torch.autograd.gradcheck(TERMS[name], features(1).requires_grad_())


@pytest.mark.parametrize("name", TERMS)
def test_nothing_is_altered_in_place(name):
    attacked, clean = features(1), CLEAN.clone()
    before = attacked.clone()
    TERMS[name](attacked)
    assert torch.equal(attacked, before)
    assert torch.equal(CLEAN, clean)


def test_similar_features_are_the_worst_case_of_every_feature_term():
    for name in ("attention_cosine", "away_from_clean", "global_gap", "local_patches"):
        assert TERMS[name](CLEAN) > TERMS[name](features(1)), name
    assert losses.attention_cosine(-CLEAN, CLEAN) == pytest.approx(-1)
    assert losses.global_gap(2 * CLEAN, CLEAN) == pytest.approx(-1)


def test_local_patches_is_infonce_with_other_positions_as_positives():
    clean, attacked = torch.eye(3, dtype=torch.float64)[None], torch.eye(3, dtype=torch.float64)[None, [1, 0, 2]]
    # at position 0 the query looks like clean position 1: similarity 1 with one positive, 0 with the other, 0 with q
    expected = (torch.nn.functional.softplus(torch.tensor(-2.0)) + torch.log(torch.tensor(2.0))) / 2
    loss = losses.local_patches(attacked, clean, torch.tensor([0]), temperature=0.5)
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    assert losses.local_patches(attacked[:, :1], clean[:, :1], torch.tensor([0])) == 0


def test_the_least_similar_prompt_is_chosen_and_the_first_one_can_be():
    text = torch.eye(3)
    image = torch.nn.functional.normalize(torch.tensor([[0.1, 2.0, 1.0], [2.0, 0.5, 1.0]]), dim=1)
    assert torch.equal(losses.least_similar(image, text), text[[0, 1]])


def test_prompts_name_pairs_that_occur_together():
    present = torch.tensor([[1, 1, 0], [0, 1, 1], [1, 0, 0]]).bool()
    assert prompts_for(("cat", "dog", "bus"), present) == [
        "a photo depicts cat and dog",
        "a photo depicts dog and bus",
    ]
    assert prompts_for(("cat", "dog"), torch.eye(2).bool()) == ["a photo depicts cat", "a photo depicts dog"]


class Pooling(torch.nn.Module):
    """A map, pooled early, then two linear layers; one more layer runs without any say in the scores."""

    def __init__(self):
        super().__init__()
        self.map = torch.nn.Conv2d(3, 5, 3)
        self.deep = torch.nn.Conv2d(5, 7, 1)
        self.hidden, self.out, self.aside = torch.nn.Linear(7, 4), torch.nn.Linear(4, 2), torch.nn.Conv2d(5, 1, 1)

    def forward(self, x):
        map = self.map(x).relu()
        pooled = self.deep(map).mean((2, 3))
        self.aside(map)
        return self.out(self.hidden(pooled).relu())


def test_features_are_read_where_the_last_map_is_and_the_model_is_left_alone():
    model, images = Pooling(), torch.rand(2, 3, 8, 8)
    reader = FeatureReader.of(model, images)
    scores, read = reader(images)
    assert reader.layer == "deep"
    assert read.shape == (2, 36, 5)
    torch.testing.assert_close(scores, model(images))
    torch.testing.assert_close(read, by_position(model.map(images).relu()))
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_a_model_without_maps_is_read_at_its_last_layer(tagger, images):
    reader = FeatureReader.of(tagger, images[:1])
    _, read = reader(images)
    assert reader.layer == "out"
    torch.testing.assert_close(read[:, 0], torch.tanh(tagger.hidden(images.flatten(1))))


def test_a_model_without_layers_is_one_sentence():
    with pytest.raises(ValueError, match="no convolution and no linear layer"):
        FeatureReader.of(torch.nn.Flatten(), torch.rand(1, 3, 8, 8))
