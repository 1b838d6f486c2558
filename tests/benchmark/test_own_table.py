"""An uploaded table: what is read, and one sentence for everything that is not."""

from contextlib import suppress

from masw_core.benchmark.columns import COLUMNS
from masw_core.benchmark.own_table import MOST_ROWS, TableError, read_own_table

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

HEAD = "dataset,model,case,k,attack,seed,asr,norm"
GOOD = f"{HEAD}\nscenes,m,best,3,masw,0,0.5,2.5\nscenes,m,best,3,masw+weighting=uniform,0,0.25,\n"


def rows(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


def test_the_columns_of_a_benchmark_are_filled():
    table = read_own_table(GOOD.encode())
    assert tuple(table) == COLUMNS
    assert table["asr"].tolist() == [0.5, 0.25]
    assert table["k"].tolist() == [3, 3]
    assert table["norm"].isna().tolist() == [False, True]
    assert table["lfr"].isna().all()
    assert set(table["tau_share"]) == {1}
    radii = read_own_table(
        b"dataset,model,case,k,attack,tau_share,asr,sasr,lfr\nd,m,best,3,a,0.4,0,0.5,0.25\nd,m,best,3,a,1,0,1,1"
    )
    assert radii[["tau_share", "afd"]].to_numpy().tolist() == [[0.4, 1.25], [1, 0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_encodings_newlines_and_separators_make_no_difference(encoding, newline, mark):
    text = GOOD.replace("scenes", "scènes").replace(",", mark).replace("\n", newline)
    table = read_own_table(text.encode(encoding))
    pd.testing.assert_frame_equal(table, read_own_table(GOOD.replace("scenes", "scènes").encode()))


def test_decimal_commas_spaces_and_further_columns():
    text = "Model ; dataset;case;k;attack;ASR;mine\n m ;d;worst;10;pgd;0,5;<b>\n"
    table = read_own_table(text.encode())
    assert table.loc[0, ["model", "k", "asr", "seed"]].tolist() == ["m", 10, 0.5, 0]
    assert "mine" not in table


LINE = "scenes,m,best,3,masw,0,0.5,2"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"  \n ", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not text"),
        (b"hello, I am text", "lacks the columns dataset, model"),
        (b"model,case\na,b", "lacks the columns dataset, k, attack, asr"),
        (HEAD.encode(), "a heading and no rows"),
        (rows("scenes,m,best,3,masw,0,0.5"), "Line 2 has 7 cells, the heading has 8"),
        (rows("scenes,m,best,3,masw,0,92,2"), "asr = '92' in line 2 cannot be used: use a share"),
        (rows("scenes,m,best,3,masw,0,-0.1,2"), "use a share"),
        (rows("scenes,m,best,3,masw,0,inf,2"), "use a share"),
        (rows("scenes,m,best,3,masw,0,=1+1,2"), "asr = '=1+1' in line 2"),
        (rows("scenes,m,best,3,masw,0,0.5,1e99"), "norm = '1e99'"),
        (rows("scenes,m,best,3,masw,0,0.5,1_0"), "norm = '1_0'"),
        (rows(LINE, "scenes,m,best,2.5,masw,0,0.5,2"), "k = '2.5' in line 3"),
        (rows("scenes,m,best,0,masw,0,0.5,2"), "k = '0'"),
        (rows("scenes,m,best,,masw,0,0.5,2"), "k = ''"),
        (rows("scenes,m,best,3,masw,-1,0.5,2"), "seed = '-1'"),
        (rows("scenes,m,medium,3,masw,0,0.5,2"), "case = 'medium' in line 2 is unknown"),
        (rows("scenes,m,best,3,<script>alert(1)</script>,0,0.5,2"), "is no name"),
        (rows("scenes,m,best,3,`x`,0,0.5,2"), "is no name"),
        (rows("scenes,m,best,3,,0,0.5,2"), "is no name"),
        (rows(f"scenes,m,best,3,{'a' * 201},0,0.5,2"), "is no name"),
        (b"dataset,model,case,k,attack,asr,tau_share\nd,m,best,3,a,0,0", "tau_share = '0' in line 2 is no share"),
        (b"dataset,model,case,k,attack,asr,tau_share\nd,m,best,3,a,0,", "tau_share = '' in line 2 is no share"),
        (rows(LINE, LINE), "Line 3 repeats a cell"),
        (rows('scenes,m,best,3,"masw,0,0.5,2'), "quotation marks"),
        (rows(f"scenes,m,best,3,{'a' * 200_000},0,0.5,2"), "cannot be read as a CSV"),
        (f"{HEAD},asr\n{LINE},0.1".encode(), "two columns asr"),
        ((",".join([HEAD, *map(str, range(200))]) + "\n1").encode(), "208 columns"),
        (rows(*(f"scenes,m,best,{k},masw,0,0.5,2" for k in range(1, MOST_ROWS + 2))), "rows: upload at most"),
        (b"a" * 5_000_001, "MB: upload at most 5 MB"),
    ],
    ids=str,
)
def test_every_refusal_is_one_sentence(data, words):
    with pytest.raises(TableError) as caught:
        read_own_table(data)
    said = str(caught.value)
    assert words in said
    assert "\n" not in said
    assert len(said) < 300


@given(st.binary(max_size=300))
def test_no_bytes_get_past_it_any_other_way(data):
    for content in (data, GOOD.encode() + data, data + GOOD.encode()):
        with suppress(TableError):
            assert tuple(read_own_table(content)) == COLUMNS
