"""All methods, as data: what each shows, what it does not, its formula, and where it comes from."""

from __future__ import annotations

from effnet_viz.explain.class_evidence import layer_grad_cam
from effnet_viz.explain.methods import cams, hiding, pixels
from effnet_viz.explain.methods.kinds_of_pass import BEHIND_GATES, BEHIND_LAYER, PICTURE
from effnet_viz.explain.methods.method import Method

_LIST = (
    Method(
        name="grad_cam",
        title="Grad-CAM",
        kind="cam",
        sentence="Weighs each channel's map by how much the class's score grows with it on average; one weight for a "
        "whole map, so places where a channel works against the class get the same weight.",
        formula=r"w_k = \frac{1}{HW} \sum_{ij} \frac{\partial y}{\partial A_k^{ij}}, \qquad M = \sum_k w_k A_k",
        source="Selvaraju et al. 2017, arXiv 1610.02391, equations 1 and 2 without the ReLU.",
        compute=lambda question, progress: layer_grad_cam(question),
    ),
    Method(
        name="grad_cam_plus_plus",
        title="Grad-CAM++",
        kind="cam",
        sentence="Counts positive gradients only, and gives each place about the same weight, so that several objects "
        "of a class are all marked. A negative value is a negative activation, not evidence against the class.",
        formula=r"w_k = \sum_{ij} \alpha_k^{ij} \max\!\left(0, \frac{\partial y}{\partial A_k^{ij}}\right), \qquad "
        r"\alpha_k^{ij} = \frac{g^2}{2 g^2 + g^3 \sum_{ab} A_k^{ab}},\; g = \frac{\partial y}{\partial "
        r"A_k^{ij}}, \qquad M = \sum_k w_k A_k",
        source="Chattopadhay et al. 2018, arXiv 1710.11063, equation 19, with pytorch-grad-cam's 1e-6 in the "
        "denominator (torchcam weighs the sum by each place's own gradient).",
        compute=cams.grad_cam_plus_plus,
        signed=False,
    ),
    Method(
        name="hires_cam",
        title="HiResCAM",
        kind="cam",
        sentence="Multiplies each place's activation with its own gradient; exact for the last layer, where it equals "
        "Grad-CAM, and noisier the earlier the layer.",
        formula=r"M^{ij} = \sum_k \frac{\partial y}{\partial A_k^{ij}} A_k^{ij}",
        source="Draelos and Carin 2020, arXiv 2011.08891.",
        compute=cams.hires_cam,
    ),
    Method(
        name="gradient_x_activation",
        title="Layer gradient × activation",
        kind="cam",
        sentence="Captum's name for the same product as HiResCAM once the channels are summed: two names, one map.",
        formula=r"M^{ij} = \sum_k A_k^{ij} \frac{\partial y}{\partial A_k^{ij}}",
        source="Captum's LayerGradientXActivation, summed over channels.",
        compute=cams.layer_gradient_x_activation,
    ),
    Method(
        name="layer_cam",
        title="LayerCAM",
        kind="cam",
        sentence="As HiResCAM with positive gradients only: finer maps at early layers. A negative value is a negative "
        "activation, not evidence against the class.",
        formula=r"M^{ij} = \sum_k \max\!\left(0, \frac{\partial y}{\partial A_k^{ij}}\right) A_k^{ij}",
        source="Jiang et al. 2021, IEEE TIP, 'LayerCAM', equations 5 and 6.",
        compute=cams.layer_cam,
        signed=False,
    ),
    Method(
        name="x_grad_cam",
        title="XGrad-CAM",
        kind="cam",
        sentence="Averages each channel's gradient where the channel is active rather than everywhere.",
        formula=r"w_k = \sum_{ij} \frac{A_k^{ij}}{\sum_{ab} A_k^{ab}} \frac{\partial y}{\partial A_k^{ij}}, \qquad "
        r"M = \sum_k w_k A_k",
        source="Fu et al. 2020, arXiv 2008.02312, equation 8.",
        compute=cams.x_grad_cam,
    ),
    Method(
        name="eigen_cam",
        title="Eigen-CAM",
        kind="cam",
        knows_class=False,
        signed=False,
        sentence="The strongest pattern in the layer's maps, whatever the class: it looks the same for every class, so "
        "it cannot say why this one. Its sign is arbitrary; the larger side is made positive.",
        formula=r"A = U \Sigma V^{\mathsf T} \;(\text{places} \times \text{channels, centred}), \qquad M = A v_1",
        source="Muhammad and Yeasin 2020, arXiv 2008.00299; centred as in pytorch-grad-cam.",
        compute=cams.eigen_cam,
    ),
    Method(
        name="score_cam",
        title="Score-CAM",
        kind="perturbation",
        sentence="Lays each channel's map over the photo as a mask and weighs the map by the score that is left: no "
        "gradients, and one run of the network for every channel. All weights are positive, so a negative value is a "
        "negative activation, not evidence against the class.",
        formula=r"w = \operatorname{softmax}_k\, y\big(x \odot U(s(A_k))\big), \qquad M = \sum_k w_k A_k",
        source="Wang et al. 2020, arXiv 1910.01279; s scales to 0..1 before enlarging, as in torchcam "
        "(pytorch-grad-cam enlarges first, with aligned corners).",
        compute=cams.score_cam,
        signed=False,
        passes=cams.score_cam_passes,
        kind_of_pass=PICTURE,
    ),
    Method(
        name="ablation_cam",
        title="Ablation-CAM",
        kind="perturbation",
        sentence="Sets one channel after the other to zero and weighs its map by how much the score drops.",
        formula=r"w_k = y - y_{A_k = 0}, \qquad M = \sum_k w_k A_k",
        source="Desai and Ramaswamy 2020, WACV, 'Ablation-CAM', equation 2, without its division by y, which scales "
        "the map and, where y is negative, turns its sign. Zero as in the paper; pytorch-grad-cam takes -10⁷ where a "
        "layer has negative values.",
        compute=cams.ablation_cam,
        passes=cams.ablation_cam_passes,
        kind_of_pass=BEHIND_LAYER,
    ),
    Method(
        name="saliency",
        title="Saliency",
        kind="pixels",
        layered=False,
        signed=False,
        sentence="How strongly the score reacts to a tiny change of each pixel; it says where the network is "
        "sensitive, not what spoke for or against the class.",
        formula=r"M^{ij} = \max_c \left| \frac{\partial y}{\partial x_c^{ij}} \right|",
        source="Simonyan et al. 2013, arXiv 1312.6034, section 3. Captum's Saliency.",
        compute=pixels.saliency,
    ),
    Method(
        name="input_x_gradient",
        title="Input × gradient",
        kind="pixels",
        layered=False,
        sentence="Pixel values times their gradients: a first-order share of each pixel in the score, noisy where "
        "gradients are.",
        formula=r"M^{ij} = \sum_c x_c^{ij} \frac{\partial y}{\partial x_c^{ij}}",
        source="Shrikumar et al. 2016, arXiv 1605.01713. Captum's InputXGradient.",
        compute=pixels.input_x_gradient,
    ),
    Method(
        name="integrated_gradients",
        title="Integrated gradients",
        kind="pixels",
        layered=False,
        sentence="Adds up gradients on the way from a picture of one colour (zero after normalisation) to the photo; "
        "the map's sum is the change of the score. What has that colour can get no evidence.",
        formula=r"M^{ij} = \sum_c (x_c^{ij} - \bar x_c^{ij}) \int_0^1 \frac{\partial y(\bar x + t (x - \bar x))}"
        r"{\partial x_c^{ij}}\, dt",
        source="Sundararajan et al. 2017, arXiv 1703.01365, equation 1. Captum's IntegratedGradients, 32 steps.",
        compute=pixels.integrated_gradients,
        passes=pixels.integrated_passes,
    ),
    Method(
        name="smooth_grad",
        title="SmoothGrad",
        kind="pixels",
        layered=False,
        signed=False,
        sentence="Saliency, averaged over 25 copies of the photo with noise: the map is less noisy and has no sign.",
        formula=r"M^{ij} = \max_c \left| \frac{1}{n} \sum_{m=1}^{n} \frac{\partial y(x + \varepsilon_m)}"
        r"{\partial x_c^{ij}} \right|, \quad \varepsilon_m \sim \mathcal N(0, \sigma^2)",
        source="Smilkov et al. 2017, arXiv 1706.03825. Captum's NoiseTunnel over Saliency, 15 % noise.",
        compute=pixels.smooth_grad,
        passes=pixels.smooth_passes,
    ),
    Method(
        name="guided_grad_cam",
        title="Guided Grad-CAM",
        kind="pixels",
        signed=False,
        sentence="Sharp edges from guided backpropagation, kept where Grad-CAM is positive; the edges depend "
        "little on the weights of higher layers (Adebayo et al. 2018), so trust the places and not the lines.",
        formula=r"M = \max_c |G_c| \odot U\big(\max(0, M_{\text{Grad-CAM}})\big)",
        source="Selvaraju et al. 2017, arXiv 1610.02391, section 3.2. Captum's GuidedGradCam.",
        compute=pixels.guided_grad_cam,
        missing=pixels.guided_is_missing,
    ),
    Method(
        name="occlusion",
        title="Occlusion",
        kind="perturbation",
        layered=False,
        sentence="Slides a grey window over the photo and notes how much the score drops: no assumptions about the "
        "network, but it never hides two places that are far from each other at once.",
        formula=r"M^{ij} = \operatorname*{mean}_{W \ni (i,j)} \big( y(x) - y(x_{W \to \text{grey}}) \big)",
        source="Zeiler and Fergus 2013, arXiv 1311.2901, section 4.2. Captum's Occlusion.",
        compute=hiding.occlusion,
        passes=hiding.occlusion_passes,
        kind_of_pass=PICTURE,
    ),
    Method(
        name="se_ablation",
        title="SE channels closed",
        kind="perturbation",
        sentence="Closes one squeeze-and-excitation gate after the other; each drop of the score is spread over the "
        "places where that channel was active. It is surer about the channels than about the places.",
        formula=r"d_k = y - y_{g_k = 0}, \qquad M^{ij} = \sum_k d_k \frac{|A_k^{ij}|}{\sum_{ab} |A_k^{ab}|}",
        source="Captum's FeatureAblation over the gates of the chosen block.",
        compute=hiding.se_ablation,
        passes=hiding.se_passes,
        kind_of_pass=BEHIND_GATES,
        missing=hiding.se_is_missing,
    ),
)
METHODS: dict[str, Method] = {method.name: method for method in _LIST}


def method(name: str) -> Method:
    """A method by its name.

    Raises:
        ValueError: no such method.
    """
    if name not in METHODS:
        raise ValueError(f"method is {name!r}; it can be {', '.join(METHODS)}.")
    return METHODS[name]
