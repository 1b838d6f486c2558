"""The paper's experiments: tables, studies, and the published numbers beside ours.

``protocol`` chooses the images, ``methods`` what is compared, ``cell`` measures one cell, ``results`` keeps the
rows, ``sweep`` runs many cells here and ``ray_engine`` on a cluster, ``published`` reads the paper's own numbers.
``studies`` lists the figures, ``study_table`` and ``study_report`` make them from rows, ``curves`` follows runs.
"""
