"""The restored tables obey their own logic, and what breaks it is marked and listed, no more and no less."""

import re

from masw_core.attacks.registry import list_attacks
from masw_core.published.numbers import FOLDER, MAIN_TEXT, PARTS, load_published, marked

import pandas as pd
import pytest

NUMBERS = ["asr", "sasr", "pert", "lfr"]
BLOCK = ["table", "dataset", "case", "k"]
TARGETED = ("best", "random", "worst")
README = (FOLDER / "README.md").read_text()

NAIVE = {"fgsm", "mifgsm", "mlcw", "mldf", "pgd"}
TOP_K = {"tkml", "tkalc", "tkmia", "masw"}
UNTARGETED = NAIVE | TOP_K | {"mlalp", "kfool", "lpd", "gama"}
TARGETING = NAIVE | TOP_K | {"rank1"}
UNIVERSAL = {"pgd", "kuap"} | TOP_K
METHODS = {
    "I": UNTARGETED,
    "II": UNIVERSAL,
    "III": TARGETING,
    "IV": TARGETING,
    "V": TARGETING,
    "VI": {"mlcw", "mldf", "pgd", "kfool", "tkml", "masw"},
    "VII": {"pgd", "kuap", "tkml", "masw"},
    "VIII": {"mlcw", "mldf", "pgd", "rank1", "tkml", "masw"},
    "S.I": UNTARGETED | {"madw"},
    "S.II": UNIVERSAL | {"madw"},
    "S.III": TARGETING | {"madw"},
    "S.IV": TARGETING | {"madw"},
    "S.V": TARGETING | {"madw"},
    "S.VI": UNTARGETED - {"fgsm", "mifgsm", "mlalp"} | {"madw"},
    "S.VII": UNIVERSAL | {"madw"},
    "S.VIII": TARGETING - {"fgsm", "mifgsm"} | {"madw"},
}
STRAYED = TARGETING - {"fgsm", "mifgsm", "mlcw", "masw"}  # random k = 10 of Table IV, found in Table V
INCOMPLETE = {
    ("I", "untargeted", 10): UNTARGETED - {"tkalc", "tkmia", "masw"},
    ("V", "worst", 3): TARGETING - STRAYED,
    ("V", "worst", 5): {"fgsm", "mifgsm", "mlcw", "mldf"},
    ("V", "random", 10): STRAYED,
}


@pytest.fixture(scope="module")
def rows():
    return load_published()


def names(block: pd.DataFrame) -> set[tuple]:
    return set(block[[*BLOCK, "attack"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("line", "dataset", "expected"),
    [
        (383, "coco2014", ("untargeted", 3, "MASWU", 99.90, 99.95)),
        (436, "voc2012", ("universal", 5, "PGDUv", 53.97, 62.37)),
        (474, "coco2014", ("best", 5, "MASWT", 99.67, 99.94)),
        (614, "openimages", ("random", 5, "MASWT", 81.17, 87.79)),
        (1193, "voc2012", ("worst", 5, "MASWT", 46.97, 72.58)),
        (1265, "nuswide", ("universal", 10, "MASWUv", 60.93, 78.59)),
        (1358, "nuswide", ("worst", 10, "MASWT", 16.50, 49.72)),
    ],
)
def test_cells_read_by_eye(rows, line, dataset, expected):
    row = rows[(rows["line"] == line) & (rows["dataset"] == dataset)].iloc[0]
    assert tuple(row[["case", "k", "method", "asr", "sasr"]]) == expected


def test_every_block_has_all_methods_of_its_table(rows):
    for (table, _, case, k), block in rows.groupby(BLOCK):
        assert block["attack"].is_unique
        assert set(block["attack"]) == INCOMPLETE.get((table, case, k), METHODS[table])


def test_attacks_carry_the_names_of_the_registry(rows):
    known = {info.name for info in list_attacks()} | {"lpd", "gama", "kuap"}
    for part in PARTS[:3]:
        assert set(load_published(part)["attack"]) <= known


def test_masw_is_printed_best_and_is_best_except_once(rows):
    claims, wrong = [], []
    for block, found in rows.groupby(BLOCK):
        for column in ("asr", "sasr", "lfr"):
            masw = found[(found["attack"] == "masw") & found[column].notna()]
            if len(masw):
                claims.append(bool(marked(masw, column, "bold").item()))
                if masw[column].item() < found[column].max():
                    wrong.append((*block, column))
    assert sum(claims) >= 0.95 * len(claims) > 100
    assert wrong == [("S.I", "voc2012", "untargeted", 10, "sasr")]


def test_numbers_are_within_their_ranges(rows):
    for column in ("asr", "sasr", "lfr"):
        assert rows[column].dropna().between(0, 100).all()
    assert rows["sac"].isna().all()  # Table S.IX is lost


def test_pert_fits_tau_and_the_image_size(rows):
    """255 tau / (H W), stretched at most twofold by artanh; kFool knows no tau."""
    side = {"voc2012": 300, "coco2014": 224, "nuswide": 448, "openimages": 448}
    tau = {"untargeted": 10, "universal": 100, **dict.fromkeys(TARGETED, 2)}
    within = rows[(rows["attack"] != "kfool") & rows["pert"].notna()]
    ball = 100 * 255 * within["case"].map(tau) / within["dataset"].map(side) ** 2
    assert len(within) > 700
    assert (within["pert"] > 0).all()
    assert (within["pert"] < 2 * ball).all()


def test_soft_success_below_success_is_exactly_what_is_marked_so(rows):
    below = rows[rows["sasr"] < rows["asr"]]
    noted = rows[rows["note"].str.contains("SASR < ASR")]
    assert names(below) == names(noted)
    assert len(below) == 13
    assert (marked(below, "asr") & marked(below, "sasr")).all()


def test_targeted_success_rises_with_k_only_where_marked(rows):
    targeted = rows[rows["case"].isin(TARGETED)].sort_values("k")
    rise = targeted.groupby(["table", "dataset", "case", "attack"])["asr"].diff() > 3
    noted = rows[rows["note"].str.contains("ASR rises")]
    assert names(targeted[rise]) == names(noted)
    assert marked(noted, "asr").all()
    assert set(noted["dataset"] + noted["case"]) == {"openimagesworst"}


def contradictions(rows: pd.DataFrame) -> pd.DataFrame:
    main = rows[rows["table"].isin(MAIN_TEXT)]
    both = main.merge(rows[~rows["table"].isin(MAIN_TEXT)], on=["dataset", "case", "k", "attack"])
    cells = [both.assign(column=column, main=both[f"{column}_x"], supplement=both[f"{column}_y"]) for column in NUMBERS]
    long = pd.concat(cells)
    unlike = long["main"].notna() & long["supplement"].notna() & (long["main"] != long["supplement"])
    return long[unlike]


def test_main_text_and_supplement_differ_exactly_where_the_readme_says(rows):
    section = README.split("## Main text against supplement")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line][2:]
    listed = {
        (a, b, dataset, case, int(k), who, c, float(x), float(y)) for a, b, dataset, case, k, who, c, x, y in cells
    }
    found = contradictions(rows)
    columns = ["table_x", "table_y", "dataset", "case", "k", "attack", "column", "main", "supplement"]
    assert set(found[columns].itertuples(index=False, name=None)) == listed
    assert len(listed) == len(cells) == 21


def test_contradictions_are_doubtful_on_both_sides(rows):
    indexed = rows.set_index([*BLOCK, "attack"])
    for cell in contradictions(rows).itertuples():
        for table in (cell.table_x, cell.table_y):
            row = indexed.loc[(table, cell.dataset, cell.case, cell.k, cell.attack)]
            assert cell.column in row["doubtful"].split(";")
            assert "differs from Table" in row["note"]


def test_rows_repeated_from_another_case_are_marked_and_moved(rows):
    """The first block of S.IV has best-case k = 5 numbers under the heading random, k = 3."""
    moved = rows[rows["note"].str.contains("printed under random k=3")]
    assert len(moved) == 22
    assert (marked(moved, "case") & marked(moved, "k")).all()
    original = rows[(rows["table"] == "III") & (rows["k"] == 5)]
    both = moved.merge(original, on=["dataset", "attack"])
    assert len(both) == 20
    for column in NUMBERS:
        assert (both[f"{column}_x"] == both[f"{column}_y"]).all()


def test_no_block_repeats_another_unmarked(rows):
    """Equal numbers of one attack in two blocks of a table would be a shifted block that nobody saw."""
    full = rows.dropna(subset=NUMBERS)
    twice = full[full.duplicated(["table", "dataset", "attack", *NUMBERS], keep=False)]
    assert twice.empty


def test_strayed_rows_continue_table_four(rows):
    strayed = rows[(rows["table"] == "V") & (rows["case"] == "random")]
    assert len(strayed) == 12
    assert (marked(strayed, "case") & marked(strayed, "k")).all()
    series = pd.concat([rows[rows["table"] == "IV"], strayed])
    for (_, attack), found in series.groupby(["dataset", "attack"]):
        if attack in STRAYED:
            assert found.sort_values("k")["k"].tolist() == [3, 5, 10]
            assert found.sort_values("k")["asr"].is_monotonic_decreasing
            assert found.sort_values("k")["pert"].dropna().diff().abs().max() < 0.2
    worst = rows[(rows["table"] == "S.V") & (rows["k"] == 3)].merge(strayed, on=["dataset", "attack"])
    assert (worst["sasr_x"] != worst["sasr_y"]).all()


def test_every_empty_and_every_doubtful_cell_says_why(rows):
    assert (rows.loc[rows[NUMBERS].isna().any(axis=1), "note"] != "").all()
    assert (rows.loc[rows["doubtful"] != "", "note"] != "").all()
    assert (rows.loc[rows["restored"] != "", "note"] != "").all()
    allowed = {"case", "k", *NUMBERS, ""}
    assert set(rows["doubtful"].str.split(";").explode()) <= allowed


def test_the_readme_counts_rows_and_doubtful_cells(rows):
    listed = dict(re.findall(r"^\| `(\w+)` \| \d+ \| (\d+) \|$", README, flags=re.M))
    marks = rows["doubtful"].str.split(";").explode().value_counts().drop("")
    assert {name: int(count) for name, count in listed.items()} == marks.to_dict()
    total = re.search(r"(\d+) rows; (\d+) of them hold (\d+) doubtful cells", README)
    assert total is not None
    assert [int(number) for number in total.groups()] == [len(rows), (rows["doubtful"] != "").sum(), marks.sum()]
    for table, count in re.findall(r"^\| (S?\.?[IVX]+) \|.*\| (\d+) \|$", README, flags=re.M):
        assert (rows["table"] == table).sum() == int(count)
