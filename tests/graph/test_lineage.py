import polars as pl

from graph.lineage import assign


def members(**clusters):
    rows = [(int(name[1:]), account) for name, accounts in clusters.items() for account in accounts]
    return pl.DataFrame(rows, schema={"cluster": pl.Int64, "account_id": pl.String}, orient="row")


def evidence(**clusters):
    rows = [(int(name[1:]), entity) for name, entities in clusters.items() for entity in entities]
    return pl.DataFrame(rows, schema={"cluster": pl.Int64, "entity_id": pl.Int64}, orient="row")


def earlier(frame, names):
    return frame.with_columns(cluster_id=pl.col("cluster").replace_strict(names, return_dtype=pl.String)).drop("cluster")


NO_MEMBERS = pl.DataFrame(schema={"cluster_id": pl.String, "account_id": pl.String})
NO_EVIDENCE = pl.DataFrame(schema={"cluster_id": pl.String, "entity_id": pl.Int64})


def test_a_first_night_gives_birth_and_names_do_not_depend_on_order():
    tonight = members(c0=["a", "b"], c1=["x", "y"])
    lines = assign(tonight, evidence(), NO_MEMBERS, NO_EVIDENCE)
    assert {line.change for line in lines.values()} == {"born"}
    again = assign(tonight.reverse(), evidence(), NO_MEMBERS, NO_EVIDENCE)
    assert again == lines


def test_growth_keeps_the_name():
    before = earlier(members(c0=["a", "b", "c"]), {0: "CL-1"})
    lines = assign(members(c5=["a", "b", "c", "d"]), evidence(), before, NO_EVIDENCE)
    assert (lines[5].cluster_id, lines[5].change) == ("CL-1", "grew")


def test_a_banned_pools_successor_keeps_its_line_by_evidence():
    before = earlier(members(c0=["a", "b", "c"]), {0: "CL-1"})
    held = earlier(evidence(c0=[1, 2, 3]), {0: "CL-1"})
    lines = assign(members(c0=["x", "y", "z"]), evidence(c0=[1, 2, 3, 4]), before, held)
    assert lines[0].cluster_id == "CL-1"


def test_merge_and_split_are_told():
    two = earlier(members(c0=["a", "b"], c1=["c", "d"]), {0: "CL-1", 1: "CL-2"})
    assert assign(members(c0=["a", "b", "c", "d"]), evidence(), two, NO_EVIDENCE)[0].change == "merged"
    one = earlier(members(c0=["a", "b", "c", "d"]), {0: "CL-1"})
    lines = assign(members(c0=["a", "b"], c1=["c", "d"]), evidence(), one, NO_EVIDENCE)
    assert sorted(line.change for line in lines.values()) == ["born", "split"]
