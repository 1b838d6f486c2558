"""The eighty label names of MS COCO, in the order of its category ids, and which of them are VOC's twenty.

The names are those of COCO's annotation files, so that a model's labels equal those of ``load_dataset("coco2014")``.
"""

from masw_core.models.voc import VOC_LABELS

COCO_LABELS: tuple[str, ...] = (
    *("person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light"),
    *("fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow"),
    *("elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee"),
    *("skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard"),
    *("tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple"),
    *("sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch"),
    *("potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone"),
    *("microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear"),
    *("hair drier", "toothbrush"),
)

# VOC's names where COCO has another one; the other labels are called the same.
_OTHER_NAMES = {
    "aeroplane": "airplane",
    "diningtable": "dining table",
    "motorbike": "motorcycle",
    "pottedplant": "potted plant",
    "sofa": "couch",
    "tvmonitor": "tv",
}
COCO_NAME_OF_VOC: dict[str, str] = {label: _OTHER_NAMES.get(label, label) for label in VOC_LABELS}
VOC_IN_COCO: tuple[int, ...] = tuple(COCO_LABELS.index(name) for name in COCO_NAME_OF_VOC.values())
