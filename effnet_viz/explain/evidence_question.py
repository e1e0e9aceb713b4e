"""One question to a network: what on this photo speaks for this class, as seen from this layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.graph import IMAGE
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.hooks import watch
from effnet_viz.explain.capture import Capture, block_of, output_of, to_tensor
from effnet_viz.explain.checks import check_apart, check_finite, check_target
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, View
from effnet_viz.network import EfficientNet


@dataclass(frozen=True, kw_only=True, eq=False)
class EvidenceQuestion:
    """What every method of class evidence is given.

    Attributes:
        model: the network with its preprocessing.
        images: the network's input, `(1, in_channels, H, W)`.
        block_input: what enters the layer's block, `(1, C, H', W')`, so that nothing before it runs again.
        target: index of the class, or None for the class that comes out on top.
        against: index of a second class whose score is subtracted, or None.
        layer: the layer's id as asked for: stage, block or step.
        block: id of the block that the layer belongs to.
        view: which part of the photo the input is.
        output: what the block gives, where that is known and the block as a whole is looked at.
    """

    model: Model
    images: Tensor
    block_input: Tensor
    target: int | None
    against: int | None
    layer: str
    block: str
    view: View
    output: Tensor | None = None

    @property
    def at(self) -> str:
        """Id of the module whose output is looked at; a stage is its last block."""
        return output_of(self.model, self.layer)

    def about(self, images: Tensor) -> EvidenceQuestion:
        """The same question about another input, `(1, in_channels, H, W)`."""
        with self.model.lock:
            seen = self.model.runner.run(images, _wanted(self.model, self.layer))
        return replace(self, images=images.detach())._from(seen | {IMAGE: images})

    def changed_from(self, start: str, x: Tensor) -> EvidenceQuestion:
        """The same question once blocks from one on have changed: those before it need not run again.

        Args:
            start: id of a block, the question's own or one before it.
            x: what enters it, `(1, C, H, W)`.
        """
        before = self.model.runner.entering(start)
        wanted = [id for id in _wanted(self.model, self.layer) if id != before]
        with self.model.lock:
            seen = self.model.runner.run(x, wanted, start=start)
        return self._from(seen | {before: x})

    def _from(self, seen: Mapping[str, Tensor]) -> EvidenceQuestion:
        """The same question about what a new run gave, by id."""
        block_input = seen[self.model.runner.entering(self.block)]
        return replace(self, block_input=block_input, output=seen.get(self.block))

    def score(self, logits: Tensor) -> Tensor:
        """`(N, num_classes)` logits to what is explained, `(N,)`: one logit, or the difference of two."""
        score = logits.max(dim=1).values if self.target is None else logits[:, self.target]
        return score if self.against is None else score - logits[:, self.against]

    def score_of_images(self, images: Tensor) -> Tensor:
        """`(N, in_channels, H, W)` to `(N,)`, without a gradient; the whole network runs."""
        with self.model.lock:
            return self.score(self.model.runner.logits(images))

    def differentiable_score(self, images: Tensor) -> Tensor:
        """`(N, in_channels, H, W)` to `(N,)`, with a gradient down to the images."""
        with self.model.lock:
            return self.score(self.model.network(images.contiguous(memory_format=torch.channels_last)))

    def differentiable_score_of_block_input(self, block_input: Tensor) -> Tensor:
        """What enters the layer's block, `(N, C, H', W')`, to `(N,)`, with a gradient."""
        with self.model.lock:
            return self.score(self.model.network.forward_from(block_input, self.block))

    def score_with(self, layer_id: str, outputs: Tensor) -> Tensor:
        """`(N,)` scores when a layer of the block gives these `(N, ...)` outputs in place of its own.

        The block's input stays a single image and is added to all outputs alike where the block has a residual, so
        what lies before the layer runs once for the whole batch, and what lies before the block not at all.

        Args:
            layer_id: id of a layer of the question's block.
            outputs: what the layer gives in each of the N cases, `(N, ...)`.
        """
        with self.model.lock:
            change = {layer_id: lambda _: outputs}
            return self.score(self.model.runner.logits(self.block_input, start=self.block, change=change))

    def activation(self) -> Tensor:
        """The layer's output, `(1, C, H', W')`."""
        if self.output is not None:
            return self.output
        with self.model.lock:
            return self.model.runner.run(self.block_input, [self.at], start=self.block)[self.at]

    def activation_and_gradient(self) -> tuple[Tensor, Tensor]:
        """The layer's output and the gradient of the score with respect to it, `(1, C, H', W')` each."""
        if self.output is not None:
            return self._output_and_gradient(self.output)
        leaves: list[Tensor] = []

        # Parameters are frozen, so cutting the graph here leaves only what lies behind the layer to differentiate.
        def cut(output: Tensor) -> Tensor:
            leaves.append(output.detach().requires_grad_())
            return leaves[-1]

        with torch.enable_grad(), self.model.lock, watch(self.model.network, change={self.at: cut}):
            score = self.score(self.model.network.forward_from(self.block_input, self.block))
            (gradient,) = torch.autograd.grad(score.sum(), leaves)
        return leaves[0].detach(), gradient

    def activation_and_slopes(self) -> tuple[Tensor, Tensor]:
        """The layer's output, `(1, C, H', W')`, and the mean gradient of the score with respect to each map, `(C,)`."""
        if self.output is not None and (slopes := self._slopes_of_the_head(self.output)) is not None:
            return self.output, slopes
        output, gradient = self.activation_and_gradient()
        return output, slopes_of(gradient)

    def _slopes_of_the_head(self, output: Tensor) -> Tensor | None:
        """The gradient of a mean over the places and a linear layer: the class's weights, shared by all places.

        None where more lies behind the block, or somebody listens there.
        """
        network = self.model.network
        if self.block != self.model.runner.blocks[-1] or self.target is None or _hooked(network):
            return None
        weights = network.classifier.weight.detach()
        row = weights[self.target] if self.against is None else weights[self.target] - weights[self.against]
        return row / (output.shape[2] * output.shape[3])

    def _output_and_gradient(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """The same where the block has run already: only what lies behind it does."""
        slopes = self._slopes_of_the_head(output)
        if slopes is not None:
            return output, slopes[None, :, None, None].expand_as(output)
        network = self.model.network
        blocks = self.model.runner.blocks
        behind = blocks[blocks.index(self.block) + 1 :]
        with torch.enable_grad(), self.model.lock:
            leaf = output.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
            logits = (
                network.forward_from(leaf, behind[0])
                if behind
                else network.classifier(network.dropout(network.pool(leaf)))
            )
            (gradient,) = torch.autograd.grad(self.score(logits).sum(), leaf)
        return leaf.detach(), gradient


def slopes_of(gradient: Tensor) -> Tensor:
    """Means over the places, `(C,)`.

    Args:
        gradient: of a score with respect to a layer's output, `(1, C, H, W)`.
    """
    return torch.from_numpy(gradient[0].float().numpy(force=True).mean(axis=(1, 2)))


def _hooked(network: EfficientNet) -> bool:
    """Whether somebody listens to a part of the head or changes what it gives."""
    head = (network.pool, *network.pool, network.dropout, network.classifier)
    return any(module._forward_hooks or module._forward_pre_hooks for module in head)


def question_of(
    model: Model, run: Capture, target: int | None = None, against: int | None = None, layer: str | None = None
) -> EvidenceQuestion:
    """A question about a finished run.

    Args:
        model: the model that made the capture.
        run: the capture.
        target: index of the class; None takes the most probable.
        against: index of a second class: what speaks for the first rather than for the second?
        layer: stage, block or step; None takes the final convolution.

    Raises:
        ValueError: no such class or layer, a layer without maps, or a network whose logits are not numbers.
    """
    check_finite(run.logits)
    target = int(run.logits.argmax()) if target is None else target
    check_target(model, target)
    check_target(model, against, "against")
    check_apart(target, against)
    layer = layer or str(model.spec.head_stage)
    block = block_of(model, layer)
    whole = output_of(model, layer) == block
    return EvidenceQuestion(
        model=model,
        images=to_tensor(model, run.input),
        block_input=to_tensor(model, run.block_input(block)),
        target=target,
        against=against,
        layer=layer,
        block=block,
        view=run.view,
        output=to_tensor(model, run.output(block)) if whole and block in run.activations else None,
    )


def question_about(
    model: Model, photo: Photo, target: int | None = None, against: int | None = None, layer: str | None = None
) -> EvidenceQuestion:
    """A question about a photo, without keeping a whole run.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        target: index of the class; None takes the most probable.
        against: index of a second class: what speaks for the first rather than for the second?
        layer: stage, block or step; None takes the final convolution.

    Raises:
        ValueError: as `question_of`.
    """
    layer = layer or str(model.spec.head_stage)
    if target is not None:
        return open_question(model, photo, target, against, layer)
    check_target(model, against, "against")
    with model.lock:
        images = model.input(photo)
        # The answer and what the block gets, in one run.
        seen = model.runner.run(images, [*_wanted(model, layer), CLASSIFIER])
    logits = to_array(seen[CLASSIFIER])
    check_finite(logits)
    target = int(logits.argmax())
    check_apart(target, against)
    return _question(model, photo, images, seen, target, against, layer)


def open_question(
    model: Model, photo: Photo, target: int | None = None, against: int | None = None, layer: str | None = None
) -> EvidenceQuestion:
    """The same, and without a target it stays open which class comes out on top.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        target: index of the class; None leaves it open.
        against: index of a second class: what speaks for the first rather than for the second?
        layer: stage, block or step; None takes the final convolution.

    Raises:
        ValueError: as `question_of`.
    """
    layer = layer or str(model.spec.head_stage)
    check_target(model, target)
    check_target(model, against, "against")
    if target is not None:
        check_apart(target, against)
    with model.lock:
        images = model.input(photo)
        seen = model.runner.run(images, _wanted(model, layer))
    return _question(model, photo, images, seen, target, against, layer)


def _wanted(model: Model, layer: str) -> list[str]:
    """Ids of what a question needs of a run: what enters the block, and its output where the layer is the block."""
    block = block_of(model, layer)
    before = model.runner.entering(block)
    return ([] if before == IMAGE else [before]) + ([block] if output_of(model, layer) == block else [])


def _question(
    model: Model,
    photo: Photo,
    images: Tensor,
    seen: Mapping[str, Tensor],
    target: int | None,
    against: int | None,
    layer: str,
) -> EvidenceQuestion:
    block = block_of(model, layer)
    return EvidenceQuestion(
        model=model,
        images=images,
        block_input=seen.get(model.runner.entering(block), images),
        target=target,
        against=against,
        layer=layer,
        block=block,
        view=model.preprocessing.view(photo.width, photo.height),
        output=seen.get(block),
    )
