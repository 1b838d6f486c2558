"""The twenty label names of PASCAL VOC, in the order every embedded model uses.

Only the names live here; a model of another data set brings its own through ``MultiLabelModel(labels=...)``.
"""

VOC_LABELS: tuple[str, ...] = (
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)
