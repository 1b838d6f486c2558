"""The paper's studies as a table: which question a figure asks, and the methods whose rows answer it.

What the fields mean is said in ``study``; a study of your own is one more row.
"""

from __future__ import annotations

from masw_core.studies.definition import Study, Variant, over

TARGETED = ("best", "random", "worst")
WEIGHTS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2)
PATIENCES = (0, 1, 2, 3, 5, 8, 12)
BY_HAND = "+weighting=manual+manual_hardest=5+manual_factor={}"
PRINTED = "masw:paper+step_rule=unit+step_size=None"  # the paper's constraints and epsilon, but comparable steps
RADII = (0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
IN_HINGES = (
    Variant("mlcw", "uniform", "MLCW"),
    Variant("mlcw+weighting=spw", "SPW", "MLCW"),
    Variant("tkml", "uniform", "TkML", TARGETED),  # untargeted, its loss is a single term
    Variant("tkml+weighting=spw", "SPW", "TkML", TARGETED),
)

STUDIES = (
    Study(
        "hardest",
        "Fig. 2 and Fig. 3(a)",
        "What happens when the five constraints with the largest slack count w times as much as the others?",
        "The average failure degree rises with w from 0 to 2, so hard constraints should weigh less than 1.",
        "w",
        over("mlcw" + BY_HAND, WEIGHTS, "MLCW") + over("masw" + BY_HAND, WEIGHTS),
        baseline=1,
        measures=("relative_afd",),
    ),
    Study(
        "fluctuation",
        "Fig. 3(b, c), Fig. S.6 and Section S.III-F",
        "How much does the Lagrangian go up and down on its way?",
        "Runs with fluctuation above 0.3, VOC 2012, k = 10: untargeted MLCW 17, TkML 10.5, MADW 7, MASW 6.5 %; "
        "targeted MLCW 12.5, TkML 9, MADW 6, MASW 6 %. The measure itself is not defined.",
        "attack",
        (
            Variant("masw", "MASW", ""),
            Variant("masw+weighting=uniform", "MASW without SPW", ""),
            Variant(PRINTED, "MASW as printed", ""),
            Variant(PRINTED + "+weighting=uniform", "MASW as printed without SPW", ""),
            Variant("tkml", "TkML", ""),
            Variant("mlcw", "MLCW", ""),
        ),
        baseline="MASW",
        cases=("untargeted", "worst"),
        measures=("fluctuation", "fluctuating"),
        stop="never",
        curves=("lagrangian", "violation"),
    ),
    Study(
        "measures",
        "Fig. 8(a)",
        "Are the constraints of the Jaccard measures better goals than the losses of TkML and MLCW, without SPW?",
        "Top-3 untargeted, VOC 2012: the measures alone outperform TkML and MLCW.",
        "attack",
        (
            Variant("masw+weighting=uniform", "the measures' constraints", ""),
            Variant("tkml", "TkML", ""),
            Variant("mlcw", "MLCW", ""),
        ),
        baseline="the measures' constraints",
        cases=("untargeted",),
        ks=(3,),
    ),
    Study(
        "spw-elsewhere",
        "Fig. 8(b, c)",
        "Does self-paced weighting improve MLCW and the targeted TkML, whose hinges are constraints too?",
        "Top-10: MLCW with SPW is better untargeted and targeted, TkML with SPW is better targeted.",
        "weighting",
        IN_HINGES,
        baseline="uniform",
        cases=("untargeted", *TARGETED),
    ),
    Study(
        "weighting",
        "Fig. 9 and Fig. S.4",
        "Which weighting of MASW's constraints is best?",
        "Top-3 untargeted, VOC 2012: SPW has higher ASR and LFR and lower Pert than SPL, a fixed epsilon and uniform "
        "weights.",
        "weighting",
        over("masw+weighting={}", ("uniform", "spw", "spl", "fixed", "threshold"))
        + over("masw+reference=flow+weighting={}", ("uniform", "spw"), "MASW with flow")
        + over(PRINTED + "+weighting={}", ("uniform", "spw", "spl", "fixed"), "MASW as printed"),
        baseline="uniform",
        cases=("untargeted", "worst"),
        ks=(3,),
        measures=("asr", "sasr", "lfr", "fluctuating"),
    ),
    Study(
        "sensitivity-lambda1",
        "Fig. 10(a)",
        "How do rank and flip constraints balance (lambda2 stays 0.5)?",
        "Worst case, k = 10: ASR rises and LFR falls as lambda1 grows.",
        "lambda1",
        over("masw+lambda1={}", (0.1, 0.3, 0.5, 0.7, 0.9)),
        baseline=0.5,
    ),
    Study(
        "sensitivity-eta",
        "Fig. 10(b)",
        "How fast should epsilon grow?",
        "Worst case, k = 10: ASR and LFR are best at eta = 1.01.",
        "eta",
        over("masw+eta={}", (1.001, 1.005, 1.01, 1.05, 1.2)),
        baseline=1.01,
    ),
    Study(
        "epsilon",
        "Fig. 10(c)",
        "What does epsilon do when an ideal solution can be reached, and when none can?",
        "It keeps growing when the ideal solution exists; when none does, it grows to some value and stays there.",
        "solution",
        (
            Variant("masw+tau=0.5", "none: tau 0.5", ""),
            Variant("masw+tau=100", "reachable: tau 100", ""),
        ),
        baseline="none: tau 0.5",
        ks=(3,),
        stop="never",
        curves=("epsilon", "lagrangian"),
    ),
    Study(
        "patience",
        "Fig. 11(a)",
        "For how many passes without a gain should the universal attack (Algorithm 2) go on?",
        "ASR first rises with E and then falls; it is highest at E = 40 (VOC 2012).",
        "E",
        over("masw+patience={}", PATIENCES, "MASW, best z")
        + over("masw+patience={}+z=last", PATIENCES, "MASW, last z"),
        baseline=3,
        cases=("universal",),
        ks=(3,),
        kind="patience",
    ),
    Study(
        "sensitivity-nu",
        "Fig. 11(b, c)",
        'How much gain should satisfied constraints give (form="lagrangian")?',
        "Worst case, k = 10: ASR and LFR rise with nu, LFR towards a plateau.",
        "nu",
        over("masw+form=lagrangian+nu={}", (0, 0.1, 0.5, 1, 2)),
        baseline=1,
    ),
    Study(
        "sensitivity-epsilon0",
        "ours",
        "Which share of the first largest slack should epsilon begin with?",
        "",
        "epsilon0",
        over("masw+epsilon0={}", (0.02, 0.1, 0.25, 0.5, 1)),
        baseline=0.5,
    ),
    Study(
        "sensitivity-damping",
        "Fig. S.5(c)",
        "How should MADW's damping factor rise and fall?",
        "Worst case, k = 10: (f_in, f_de) = (1.5, 5) gives higher ASR and LFR than (2, 3).",
        "f_in, f_de",
        tuple(
            Variant(f"madw+increase={rise}+decrease={fall}", f"{rise}, {fall}", "MADW")
            for rise, fall in ((1.5, 5), (2, 3), (1.5, 3), (2, 5))
        ),
        baseline="1.5, 5",
    ),
    Study(
        "reference",
        "ours",
        "Where should the gradient of the moving reference score f_[k+1] go?",
        "",
        "reference",
        over("masw+reference={}", ("flow", "hold", "spread", "lagging")),
        baseline="flow",
        cases=("untargeted", "worst"),
        ks=(3,),
    ),
    Study(
        "margin",
        "ours",
        "How much more than zero should constraints ask for, in logits?",
        "",
        "margin",
        over("masw+margin={}", (0, 0.5, 1, 2)),
        baseline=0,
        cases=("untargeted", "worst"),
        ks=(3,),
    ),
    Study(
        "radius",
        "ours",
        "What do weights bring where the radius is too small for the goal, and what do they cost where it is not?",
        "",
        "share of tau",
        (
            Variant("masw+weighting=uniform", "MASW, uniform", ""),
            Variant("masw", "MASW, SPW", ""),
            Variant("masw+weighting=spl", "MASW, SPL", ""),
            Variant("masw+weighting=fixed", "MASW, fixed ε", ""),
            Variant("masw+epsilon0=0.5", "MASW, SPW, wide knee", ""),
            Variant("tkml", "TkML", ""),
        ),
        baseline="MASW, uniform",
        cases=("untargeted", *TARGETED),
        ks=(3, 5, 10),
        measures=("sasr", "lfr", "asr", "afd"),
        radii=RADII,
    ),
)


def find_study(name: str) -> Study:
    """A study by name.

    Raises:
        ValueError: no study has this name.
    """
    for study in STUDIES:
        if study.name == name:
            return study
    raise ValueError(f"Unknown study {name!r}: choose one of {', '.join(study.name for study in STUDIES)}.")
