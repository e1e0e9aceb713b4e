"""Which sets of trained parameters exist for every variant, as plain rows; `catalogue.py` reads them.

Preprocessing numbers are those of torchvision's weights enums and of timm's default configurations at their test
resolution (`resize` is `floor(crop / crop_pct)`).
"""

from __future__ import annotations

from typing import Literal

Interpolation = Literal["bicubic", "bilinear"]
Normalisation = tuple[tuple[float, float, float], tuple[float, float, float]]

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

# variant, file, SHA-256, bytes, resize, crop, top-1.
# Google's Lite weights; top-1 from tensorflow/tpu models/official/efficientnet/lite/README.md.
PACKAGED = (
    (
        "lite0",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        18_826_032,
        256,
        224,
        75.1,
    ),
    (
        "lite1",
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        21_946_926,
        272,
        240,
        76.7,
    ),
    (
        "lite2",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        24_666_229,
        292,
        260,
        77.6,
    ),
)

# Part of a file's name to the project that torchvision has the weights from.
PORTED_FROM = {"rwightman": "timm", "lukemelas": "efficientnet-pytorch", "efficientnet_v2_l": "Google's code"}

# variant, weights enum, member, file (its last part starts the SHA-256), MiB, resize, crop, interpolation, mean and
# standard deviation, top-1. All from torchvision/models/efficientnet.py.
TORCHVISION: tuple[tuple[str, str, str, str, float, int, int, Interpolation, Normalisation, float], ...] = (
    (
        "b0",
        "EfficientNet_B0_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b0_rwightman-7f5810bc.pth",
        20.451,
        256,
        224,
        "bicubic",
        IMAGENET,
        77.692,
    ),
    (
        "b1",
        "EfficientNet_B1_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b1_rwightman-bac287d4.pth",
        30.134,
        256,
        240,
        "bicubic",
        IMAGENET,
        78.642,
    ),
    (
        "b1",
        "EfficientNet_B1_Weights",
        "IMAGENET1K_V2",
        "efficientnet_b1-c27df63c.pth",
        30.136,
        255,
        240,
        "bilinear",
        IMAGENET,
        79.838,
    ),
    (
        "b2",
        "EfficientNet_B2_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b2_rwightman-c35c1473.pth",
        35.174,
        288,
        288,
        "bicubic",
        IMAGENET,
        80.608,
    ),
    (
        "b3",
        "EfficientNet_B3_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b3_rwightman-b3899882.pth",
        47.184,
        320,
        300,
        "bicubic",
        IMAGENET,
        82.008,
    ),
    (
        "b4",
        "EfficientNet_B4_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b4_rwightman-23ab8bcd.pth",
        74.489,
        384,
        380,
        "bicubic",
        IMAGENET,
        83.384,
    ),
    (
        "b5",
        "EfficientNet_B5_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b5_lukemelas-1a07897c.pth",
        116.864,
        456,
        456,
        "bicubic",
        IMAGENET,
        83.444,
    ),
    (
        "b6",
        "EfficientNet_B6_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b6_lukemelas-24a108a5.pth",
        165.362,
        528,
        528,
        "bicubic",
        IMAGENET,
        84.008,
    ),
    (
        "b7",
        "EfficientNet_B7_Weights",
        "IMAGENET1K_V1",
        "efficientnet_b7_lukemelas-c5b4e57e.pth",
        254.675,
        600,
        600,
        "bicubic",
        IMAGENET,
        84.122,
    ),
    (
        "v2_s",
        "EfficientNet_V2_S_Weights",
        "IMAGENET1K_V1",
        "efficientnet_v2_s-dd5fe13b.pth",
        82.704,
        384,
        384,
        "bilinear",
        IMAGENET,
        84.228,
    ),
    (
        "v2_m",
        "EfficientNet_V2_M_Weights",
        "IMAGENET1K_V1",
        "efficientnet_v2_m-dc08266a.pth",
        208.01,
        480,
        480,
        "bilinear",
        IMAGENET,
        85.112,
    ),
    (
        "v2_l",
        "EfficientNet_V2_L_Weights",
        "IMAGENET1K_V1",
        "efficientnet_v2_l-59c71312.pth",
        454.573,
        480,
        480,
        "bicubic",
        HALF,
        85.808,
    ),
)

# variant, timm's model and tag (its repository on the Hugging Face hub), resize, crop, interpolation, mean and
# standard deviation, top-1. Configurations from timm/models/efficientnet.py; top-1 from timm's
# results/results-imagenet.csv (commit aa4b585), measured at this crop.
HUB: tuple[tuple[str, str, int, int, Interpolation, Normalisation, float], ...] = (
    ("b0", "efficientnet_b0.ra4_e3600_r224_in1k", 256, 256, "bicubic", HALF, 79.364),
    ("b0", "tf_efficientnet_b0.ns_jft_in1k", 256, 224, "bicubic", IMAGENET, 78.68),
    ("b0", "efficientnet_b0.ra_in1k", 256, 224, "bicubic", IMAGENET, 77.698),
    ("b0", "tf_efficientnet_b0.ap_in1k", 256, 224, "bicubic", HALF, 77.1),
    ("b0", "tf_efficientnet_b0.aa_in1k", 256, 224, "bicubic", IMAGENET, 76.882),
    ("b0", "tf_efficientnet_b0.in1k", 256, 224, "bicubic", IMAGENET, 76.542),
    ("b1", "efficientnet_b1.ra4_e3600_r240_in1k", 288, 288, "bicubic", HALF, 81.444),
    ("b1", "tf_efficientnet_b1.ns_jft_in1k", 272, 240, "bicubic", IMAGENET, 81.388),
    ("b1", "tf_efficientnet_b1.ap_in1k", 272, 240, "bicubic", HALF, 79.288),
    ("b1", "tf_efficientnet_b1.aa_in1k", 272, 240, "bicubic", IMAGENET, 78.84),
    ("b1", "efficientnet_b1.ft_in1k", 256, 256, "bicubic", IMAGENET, 78.806),
    ("b1", "tf_efficientnet_b1.in1k", 272, 240, "bicubic", IMAGENET, 78.546),
    ("b2", "tf_efficientnet_b2.ns_jft_in1k", 292, 260, "bicubic", IMAGENET, 82.412),
    ("b2", "efficientnet_b2.ra_in1k", 288, 288, "bicubic", IMAGENET, 80.612),
    ("b2", "tf_efficientnet_b2.ap_in1k", 292, 260, "bicubic", HALF, 80.3),
    ("b2", "tf_efficientnet_b2.aa_in1k", 292, 260, "bicubic", IMAGENET, 80.074),
    ("b2", "tf_efficientnet_b2.in1k", 292, 260, "bicubic", IMAGENET, 79.612),
    ("b3", "tf_efficientnet_b3.ns_jft_in1k", 331, 300, "bicubic", IMAGENET, 84.054),
    ("b3", "efficientnet_b3.ra2_in1k", 320, 320, "bicubic", IMAGENET, 82.296),
    ("b3", "tf_efficientnet_b3.ap_in1k", 331, 300, "bicubic", HALF, 81.842),
    ("b3", "tf_efficientnet_b3.aa_in1k", 331, 300, "bicubic", IMAGENET, 81.648),
    ("b3", "tf_efficientnet_b3.in1k", 331, 300, "bicubic", IMAGENET, 80.878),
    ("b4", "tf_efficientnet_b4.ns_jft_in1k", 412, 380, "bicubic", IMAGENET, 85.156),
    ("b4", "efficientnet_b4.ra2_in1k", 384, 384, "bicubic", IMAGENET, 83.468),
    ("b4", "tf_efficientnet_b4.ap_in1k", 412, 380, "bicubic", HALF, 83.246),
    ("b4", "tf_efficientnet_b4.aa_in1k", 412, 380, "bicubic", IMAGENET, 83.04),
    ("b4", "tf_efficientnet_b4.in1k", 412, 380, "bicubic", IMAGENET, 82.598),
    ("b5", "tf_efficientnet_b5.ns_jft_in1k", 488, 456, "bicubic", IMAGENET, 86.096),
    ("b5", "efficientnet_b5.sw_in12k_ft_in1k", 448, 448, "bicubic", IMAGENET, 85.894),
    ("b5", "tf_efficientnet_b5.ap_in1k", 488, 456, "bicubic", HALF, 84.258),
    ("b5", "tf_efficientnet_b5.ra_in1k", 488, 456, "bicubic", IMAGENET, 83.834),
    ("b5", "tf_efficientnet_b5.aa_in1k", 488, 456, "bicubic", IMAGENET, 83.696),
    ("b5", "tf_efficientnet_b5.in1k", 488, 456, "bicubic", IMAGENET, 83.17),
    ("b6", "tf_efficientnet_b6.ns_jft_in1k", 560, 528, "bicubic", IMAGENET, 86.476),
    ("b6", "tf_efficientnet_b6.ap_in1k", 560, 528, "bicubic", HALF, 84.794),
    ("b6", "tf_efficientnet_b6.aa_in1k", 560, 528, "bicubic", IMAGENET, 84.124),
    ("b7", "tf_efficientnet_b7.ns_jft_in1k", 632, 600, "bicubic", IMAGENET, 86.85),
    ("b7", "tf_efficientnet_b7.ap_in1k", 632, 600, "bicubic", HALF, 85.132),
    ("b7", "tf_efficientnet_b7.ra_in1k", 632, 600, "bicubic", IMAGENET, 84.926),
    ("b7", "tf_efficientnet_b7.aa_in1k", 632, 600, "bicubic", IMAGENET, 84.424),
    ("b8", "tf_efficientnet_b8.ap_in1k", 704, 672, "bicubic", HALF, 85.358),
    ("b8", "tf_efficientnet_b8.ra_in1k", 704, 672, "bicubic", IMAGENET, 85.344),
    ("l2", "tf_efficientnet_l2.ns_jft_in1k", 833, 800, "bicubic", IMAGENET, 88.36),
    ("l2", "tf_efficientnet_l2.ns_jft_in1k_475", 507, 475, "bicubic", IMAGENET, 88.246),
    ("lite0", "efficientnet_lite0.ra_in1k", 256, 224, "bicubic", IMAGENET, 75.488),
    ("lite0", "tf_efficientnet_lite0.in1k", 256, 224, "bicubic", HALF, 74.846),
    ("lite1", "tf_efficientnet_lite1.in1k", 272, 240, "bicubic", HALF, 76.674),
    ("lite2", "tf_efficientnet_lite2.in1k", 292, 260, "bicubic", HALF, 77.47),
    ("lite3", "tf_efficientnet_lite3.in1k", 331, 300, "bilinear", HALF, 79.808),
    ("lite4", "tf_efficientnet_lite4.in1k", 413, 380, "bilinear", HALF, 81.54),
    ("v2_s", "tf_efficientnetv2_s.in21k_ft_in1k", 384, 384, "bicubic", HALF, 84.332),
    ("v2_s", "tf_efficientnetv2_s.in1k", 384, 384, "bicubic", HALF, 83.9),
    ("v2_m", "tf_efficientnetv2_m.in21k_ft_in1k", 480, 480, "bicubic", HALF, 86.014),
    ("v2_m", "tf_efficientnetv2_m.in1k", 480, 480, "bicubic", HALF, 85.208),
    ("v2_l", "tf_efficientnetv2_l.in21k_ft_in1k", 480, 480, "bicubic", HALF, 86.802),
    ("v2_l", "tf_efficientnetv2_l.in1k", 480, 480, "bicubic", HALF, 85.66),
    ("v2_xl", "tf_efficientnetv2_xl.in21k_ft_in1k", 512, 512, "bicubic", HALF, 86.754),
    ("v2_b0", "tf_efficientnetv2_b0.in1k", 256, 224, "bicubic", IMAGENET, 78.386),
    ("v2_b1", "tf_efficientnetv2_b1.in1k", 272, 240, "bicubic", IMAGENET, 79.518),
    ("v2_b2", "tf_efficientnetv2_b2.in1k", 292, 260, "bicubic", IMAGENET, 80.226),
    ("v2_b3", "tf_efficientnetv2_b3.in21k_ft_in1k", 333, 300, "bicubic", HALF, 82.634),
    ("v2_b3", "tf_efficientnetv2_b3.in1k", 331, 300, "bicubic", IMAGENET, 81.96),
    ("edgetpu_s", "efficientnet_es.ra_in1k", 256, 224, "bicubic", IMAGENET, 78.1),
    ("edgetpu_s", "tf_efficientnet_es.in1k", 256, 224, "bicubic", HALF, 76.608),
    ("edgetpu_m", "efficientnet_em.ra2_in1k", 272, 240, "bicubic", IMAGENET, 79.256),
    ("edgetpu_m", "tf_efficientnet_em.in1k", 272, 240, "bicubic", HALF, 78.128),
    ("edgetpu_l", "efficientnet_el.ra_in1k", 331, 300, "bicubic", IMAGENET, 81.308),
    ("edgetpu_l", "tf_efficientnet_el.in1k", 331, 300, "bicubic", HALF, 80.246),
)

# timm squeezes the whole photo into a square for these, whatever its shape; here the central square is cut out, which
# keeps the proportions, and the accuracy was measured with the former.
SQUASHED = (
    "efficientnet_b5.sw_in12k_ft_in1k",
    "tf_efficientnetv2_m.in21k_ft_in1k",
    "tf_efficientnetv2_m.in1k",
    "tf_efficientnetv2_l.in21k_ft_in1k",
    "tf_efficientnetv2_l.in1k",
    "tf_efficientnetv2_xl.in21k_ft_in1k",
    "tf_efficientnetv2_b3.in21k_ft_in1k",
)

# What the tags of timm's models mean: name of the set, label for people.
HUB_TAGS = {
    "ns_jft_in1k": ("noisystudent", "Noisy Student"),
    "ns_jft_in1k_475": ("noisystudent-475", "Noisy Student, 475 px"),
    "ap_in1k": ("advprop", "AdvProp"),
    "aa_in1k": ("autoaugment", "AutoAugment"),
    "ra_in1k": ("randaugment", "RandAugment"),
    "ra2_in1k": ("randaugment", "RandAugment"),
    "ra4_e3600_r224_in1k": ("long", "3600 epochs"),
    "ra4_e3600_r240_in1k": ("long", "3600 epochs"),
    "ft_in1k": ("finetuned", "fine-tuned"),
    "sw_in12k_ft_in1k": ("in12k", "ImageNet-12k, then 1k"),
    "in21k_ft_in1k": ("in21k", "ImageNet-21k, then 1k"),
    "in1k": ("", "ImageNet-1k"),
}

# Networks that the program trains itself; their files come with it.
# variant, task that it was trained on, what that is for people, classes, file under assets/shapes.
TRAINED_HERE = (
    ("shapes", "shapes", "shape and texture", 24, "shapes.safetensors"),
    ("shapes", "majority", "majority colour", 6, "shapes-majority.safetensors"),
    ("shapes_no_se", "shapes", "shape and texture", 24, "shapes_no_se.safetensors"),
    ("shapes_no_se", "majority", "majority colour", 6, "shapes_no_se-majority.safetensors"),
)
