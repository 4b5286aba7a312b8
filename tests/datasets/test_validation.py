"""Every rule of the loader, shown to fail on a corrupted copy: file, row and reason."""

import os
import pickle
import shutil
from importlib.resources import as_file, files

import pytest

from gibbsite_datasets import (
    TableError,
    load_bulks,
    load_components,
    load_endmembers,
    load_guides,
    load_magma_oceans,
    load_models,
    load_partition,
    load_planets,
    load_ranges,
    load_targets,
    load_traces,
    model_names,
)

TRACES = "trace/elements.csv"
BODIES = "planets/bodies.csv"
LAYERS = "planets/layers.csv"
PARTITION = "trace/partition_coefficients.csv"
OCEAN = "lunar/magma_ocean.csv"
TARGETS = "targets/high-ti-glass.csv"
DS634 = "endmembers/ds634/endmembers.csv"
T21 = "models/T21"


@pytest.fixture
def tables(tmp_path):
    with as_file(files("gibbsite_datasets") / "tables") as source:
        return shutil.copytree(source, tmp_path / "tables")


def edit(tables, file, old, new):
    """Replace the first ``old`` and return the number of its line."""
    path = tables / file
    text = path.read_bytes().decode()
    assert old in text, f"{old!r} is not in {file}"
    path.write_bytes(text.replace(old, new, 1).encode())
    return text[: text.index(old)].count("\n") + 1


def append(tables, file, line):
    """Add a line at the end and return its number."""
    path = tables / file
    text = path.read_text()
    path.write_text(text + line + "\n")
    return text.count("\n") + 1


def models(tables, name="T21"):
    return load_models(name, root=tables)


def ds634(tables):
    return load_endmembers("ds634", root=tables)


def components(tables):
    return load_components(root=tables)


def bulks(tables):
    return load_bulks(root=tables)


def ranges(tables):
    return load_ranges(root=tables)


def traces(tables):
    return load_traces(root=tables)


def load_planets_of(tables):
    return load_planets(root=tables)


def partition(tables):
    return load_partition(root=tables)


def oceans(tables):
    return load_magma_oceans(root=tables)


def targets(tables):
    return load_targets("high-ti-glass", root=tables)


# what is checked, file, text, its corruption, loader, what the message says
EDITS = {
    # the table itself
    "unknown column": (DS634, ",kappa0p,", ",kapa0p,", ds634, "'kapa0p'; did you mean 'kappa0p'"),
    "missing column": ("components.csv", ",oxygens", "", components, "'oxygens' (oxygens per"),
    "doubled column": (DS634, ",cp_b,", ",cp_a,", ds634, "column 'cp_a' is there twice"),
    "unit": (DS634, "kJ/mol", "J/mol", ds634, "unit of 'H' is 'kJ/mol', the table says 'J/mol'"),
    "unit of an energy": (
        f"{T21}/interactions.csv",
        "kJ/(kbar mol)",
        "J/(bar mol)",
        models,
        "unit of 'c'",
    ),
    "cells of a row": ("components.csv", "MgO,40.3044,", "MgO,", components, "4 cells in a table"),
    "blank": ("components.csv", "Mg,1,1", ",1,1", components, "'cation' is blank"),
    "not a number": (DS634, "-2172.45", "-2172.4S", ds634, "'H' is not a number: '-2172.4S'"),
    "nan": (DS634, "-2172.45", "nan", ds634, "'H' is not a number: 'nan'"),
    "infinite": (DS634, "-2172.45", "inf", ds634, "'H' is not a number: 'inf'"),
    "grouped digits": (DS634, "-2172.45", "-2_172.45", ds634, "'H' is not a number"),
    "range": (DS634, "-2172.45", "-2172450", ds634, "'H' is -2172450.0, outside -100000 to 1000"),
    "choice": (DS634, "fo,tait_solid", "fo,tait", ds634, "'eos' is 'tait', allowed: tait_solid,"),
    # components
    "oxide twice": ("components.csv", "TiO2,", "SiO2,", components, "oxide 'SiO2' is there twice"),
    "half a cation": ("components.csv", "Si,1,2", "Si,1.5,2", components, "must be a whole number"),
    # end-members
    "end-member twice": (DS634, "\nfa,", "\nfo,", ds634, "end-member 'fo' is there twice"),
    "formula": (DS634, "fo,tait_solid,1,0,", "fo,tait_solid,2,0,", ds634, "has 10 atoms, 'atoms'"),
    "melt slot of a solid": (
        DS634,
        "-0.003,,none,",
        "-0.003,-0.04,none,",
        ds634,
        "eos 'tait_solid' has no 'dkappa_dT'",
    ),
    "melt without its slot": (
        DS634,
        "-0.0278,-0.041,",
        "-0.0278,,",
        ds634,
        "eos 'tait_melt' needs 'dkappa_dT'",
    ),
    "transition without numbers": (
        DS634,
        "landau,1710,0.01003,",
        "landau,1710,,",
        ds634,
        "transition 'landau' needs 'landau_Smax'",
    ),
    "numbers without transition": (
        DS634,
        "landau,1710,",
        "none,1710,",
        ds634,
        "transition 'none' has no 'landau_Tc'",
    ),
    # model sets
    "phase twice": (f"{T21}/phases.csv", "\nfsp,", "\nliq,", models, "phase 'liq' is there twice"),
    "unknown phase": (f"{T21}/endmembers.csv", "\nfsp,", "\nfps,", models, "did you mean 'fsp'"),
    "end-member twice in a phase": (
        f"{T21}/endmembers.csv",
        "fsp,an,",
        "fsp,ab,",
        models,
        "endmember 'ab' is there twice",
    ),
    "balance": (f"{T21}/endmembers.csv", "2 foL", "3 foL", models, "does not balance: +1 SiO2"),
    "composition": (
        f"{T21}/endmembers.csv",
        "100,0,3,0,",
        "100,0,2,0,",
        models,
        "'3 qL' does not balance: +1 SiO2",
    ),
    "unknown end-member": (
        f"{T21}/endmembers.csv",
        "1 kspL",
        "1 kspLL",
        models,
        "ds634 has no end-member 'kspLL'; did you mean 'kspL'",
    ),
    "term": (f"{T21}/endmembers.csv", "2 foL", "foL", models, "'foL' is no term of a reaction"),
    "unknown state": (
        f"{T21}/endmembers.csv",
        "sp:ordered",
        "sp:orderd",
        models,
        "unknown state 'orderd'; did you mean 'ordered'",
    ),
    "state without transition": (
        f"{T21}/endmembers.csv",
        "2 foL",
        "2 foL:ordered",
        models,
        "'foL' has no transition",
    ),
    "size": (f"{T21}/endmembers.csv", ",145,", ",-145,", models, "'size' is -145.0, outside"),
    "species twice": (f"{T21}/sites.csv", "ol,xFeM1", "ol,xMgM1", models, "is there twice"),
    "kind of species": (f"{T21}/sites.csv", "M,amount", "M,amounts", models, "allowed: fraction,"),
    "occupancy of nobody": (f"{T21}/sites.csv", "mnt:1", "mtn:1", models, "did you mean 'mnt'"),
    "occupancy twice": (f"{T21}/sites.csv", "mnt:1 fo:1", "mnt:1 mnt:1", models, "given twice"),
    "occupancy without number": (f"{T21}/sites.csv", "mnt:1", "mnt", models, "'mnt' is not an"),
    "negative occupancy": (f"{T21}/sites.csv", "mnt:1", "mnt:-1", models, "a positive number"),
    "pair with itself": (
        f"{T21}/interactions.csv",
        "ol,mnt,fa",
        "ol,mnt,mnt",
        models,
        "'mnt' interacts with itself",
    ),
    "pair of strangers": (
        f"{T21}/interactions.csv",
        "ol,mnt,fa",
        "ol,mnt,fay",
        models,
        "no end-member 'fay' in this phase; did you mean 'fa'",
    ),
    # settings
    "unknown key": (f"{T21}/model.toml", "pure_phases", "pure_phase", models, "'pure_phases'?"),
    "type of a key": (f"{T21}/model.toml", "0.0083144", '"R"', models, "must be a number"),
    "a flag is no number": (f"{T21}/model.toml", "0.0083144", "true", models, "must be a number"),
    "gas constant": (f"{T21}/model.toml", "0.0083144", "8.3144", models, "outside 0.0083 to"),
    "repeated name": (f"{T21}/model.toml", '"q", "crst"', '"q", "q"', models, "something twice"),
    # bulks and ranges
    "key of a bulk": ("bulks/terrestrial.csv", "klb-1,", "KLB 1,", bulks, "must be lower-case"),
    "bulk twice": ("bulks/terrestrial.csv", "n-morb,", "klb-1,", bulks, "'klb-1' is there twice"),
    "status": ("bulks/terrestrial.csv", ",model,", ",verified,", bulks, "allowed: measured,"),
    "oxide of a bulk": ("bulks/terrestrial.csv", ",MnO,", ",MnO2,", bulks, "did you mean 'MnO'"),
    "total": ("bulks/terrestrial.csv", "44.8735", "4.48735", bulks, "sum to 59.6138 wt%"),
    "range upside down": ("ranges.csv", "24.63,32.16", "32.16,24.63", ranges, "upside down"),
    "oxide of a range": ("ranges.csv", ",TiO2,", ",TiO,", ranges, "unknown oxide 'TiO'"),
    "range twice": ("ranges.csv", ",TiO2,", ",SiO2,", ranges, "range of SiO2 is there twice"),
    # bodies, trace elements, magma oceans, targets
    "body twice": (BODIES, "venus,", "mercury,", load_planets_of, "body 'mercury' is there twice"),
    "layers": (LAYERS, "earth,15,", "earth,2,", load_planets_of, "follow from the surface down"),
    "first layer": (LAYERS, "earth,0,", "earth,1,", load_planets_of, "begin at 0 km"),
    "core": (BODIES, ",1737.1,", ",1000,", load_planets_of, "below the centre"),
    "trace twice": (TRACES, "depleted-mantle-2005,", "kreep-15386,", traces, "is there twice"),
    "unit of a trace": (TRACES, ",ppm,", ",ppb,", traces, "unit"),
    "mineral twice": (PARTITION, "2024,opx,", "2024,ol,", partition, "mineral 'ol' is there twice"),
    "held for twice": (PARTITION, ",opx,0.0039,", ",ol,0.0039,", partition, "'ol' is held for by"),
    "negative D": (PARTITION, ",6e-05,", ",-6e-05,", partition, "outside 0 to 1000"),
    "a gap": (OCEAN, ",40,78,", ",41,78,", oceans, "where the last one ended, 40"),
    "modes": (OCEAN, ",25,,22,,53,", ",25,,22,,35,", oceans, "sum to 82 wt%"),
    "backwards": (OCEAN, ",95,100,", ",95,9,", oceans, "ends at 9 before"),
    "target twice": (TARGETS, "bead_TiO2,", "bead_FeO,", targets, "'bead_FeO' is there twice"),
    "target upside down": (TARGETS, ",16.61,24.91,", ",26.61,24.91,", targets, "upside down"),
    "number for words": (TARGETS, ",fall,,,fall,", ",fall,1,,fall,", targets, "'low' is filled"),
    "unit of a target": (TARGETS, ",ppm,", ",ppb,", targets, "allowed: words,"),
}


@pytest.mark.parametrize("rule", EDITS)
def test_corruption_is_found_where_it_is(tables, rule):
    file, old, new, load, reason = EDITS[rule]
    row = edit(tables, file, old, new)
    if new.startswith("\n"):
        row += 1
    with pytest.raises(TableError) as caught:
        load(tables)
    assert caught.value.file == file
    assert caught.value.row == row
    assert reason in caught.value.reason
    assert str(caught.value) == f"{file}, row {row}: {caught.value.reason}"


def test_the_copy_itself_loads(tables):
    for name in model_names(root=tables):
        assert models(tables, name) == load_models(name)
    assert (bulks(tables), ranges(tables)) == (load_bulks(), load_ranges())
    assert (traces(tables), partition(tables)) == (load_traces(), load_partition())
    assert oceans(tables) == load_magma_oceans()
    assert targets(tables) == load_targets("high-ti-glass")


def test_unknown_targets_name_those_there_are(tables):
    with pytest.raises(TableError, match=r"'high-glass'; did you mean 'high-ti-glass'"):
        load_targets("high-glass", root=tables)


def test_a_pair_given_in_both_orders(tables):
    row = append(tables, f"{T21}/interactions.csv", "ol,fa,mnt,24,0,0")
    with pytest.raises(TableError, match="the pair mnt, fa is there twice") as caught:
        models(tables)
    assert caught.value.row == row


def test_a_site_that_is_not_full(tables):
    """The row is the first of the site, for no single row is to blame."""
    edit(
        tables,
        f"{T21}/sites.csv",
        "ol,xCaM2,Ca,M2,fraction,1,mnt:1",
        "ol,xCaM2,Ca,M2,fraction,1,mnt:0.9",
    )
    lines = (tables / f"{T21}/sites.csv").read_text().split("\n")
    with pytest.raises(
        TableError, match=r"site 'M2' of 'mnt' is filled to 0\.9, not to 1"
    ) as caught:
        models(tables)
    first = next(n for n, line in enumerate(lines, 1) if line.startswith("ol,") and ",M2," in line)
    assert caught.value.row == first


def test_an_entropy_of_uneven_degree(tables):
    """M cations of the melt fill no site, but their total has to match them."""
    edit(tables, f"{T21}/sites.csv", "fo2L:4", "fo2L:3")
    with pytest.raises(TableError, match="multiplicity times occupancy is 0 for 'fo2L', 1 for"):
        models(tables)


def test_a_phase_without_rows(tables):
    row = append(tables, f"{T21}/phases.csv", "lct,leucite,nobody")
    with pytest.raises(TableError, match="phase 'lct' has no end-members") as caught:
        models(tables)
    assert caught.value.row == row
    append(tables, f"{T21}/endmembers.csv", "lct,lc,1 lc,0,0,0,1,0,2,0,0.5,0,0,0,0,0,0.5,0")
    with pytest.raises(TableError, match="phase 'lct' has no sites"):
        models(tables)


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [("components", '"SiO2", ', '"SiO3", '), ("pure_phases", '"crst"', '"crist"')],
)
def test_names_in_settings_must_exist(tables, key, old, new):
    edit(tables, f"{T21}/model.toml", old, new)
    with pytest.raises(TableError, match="is not known; did you mean"):
        models(tables)


def test_missing_key(tables):
    edit(tables, f"{T21}/model.toml", 'endmember_set = "ds634"\n', "")
    with pytest.raises(TableError, match=r"key 'endmember_set' \(end-member set it stands on\)"):
        models(tables)


def test_text_that_is_not_toml(tables):
    edit(tables, f"{T21}/model.toml", "name = ", "name : ")
    with pytest.raises(TableError, match="not TOML"):
        models(tables)


def test_text_that_is_not_csv(tables):
    append(tables, f"{T21}/phases.csv", 'lct,"leucite"s,nobody')
    with pytest.raises(TableError, match="not CSV"):
        models(tables)


def test_text_that_is_not_utf8(tables):
    path = tables / f"{T21}/phases.csv"
    path.write_bytes(path.read_bytes() + b"lct,leucit\xe9,nobody\n")
    with pytest.raises(TableError, match="not UTF-8"):
        models(tables)


def test_table_without_units(tables):
    (tables / "components.csv").write_text("name,molar_mass,cation,cations,oxygens\n")
    with pytest.raises(TableError, match="a row of column names and a row of units"):
        components(tables)


def test_missing_file_and_folder(tables):
    (tables / f"{T21}/sites.csv").unlink()
    with pytest.raises(TableError, match=r"sites\.csv: file is missing"):
        models(tables)
    shutil.rmtree(tables / "bulks")
    with pytest.raises(TableError, match="bulks: folder is missing"):
        bulks(tables)


@pytest.mark.parametrize("load", [load_models, load_endmembers])
@pytest.mark.parametrize("name", ["T22", "ds637", "../models/T21", ""])
def test_unknown_set_names_those_there_are(load, name):
    with pytest.raises(TableError, match=r"did you mean '(T21|ds63\d)'|there are: "):
        load(name)


GUIDES = {
    "unknown set": (
        "sets.csv",
        'W24,"dry',
        'W25,"dry',
        "no set is called 'W25'; did you mean 'W24'",
    ),
    "twice": ("sets.csv", 'W24,"dry', 'G25,"dry', "'G25' is there twice"),
    "quantity": ("ranges.csv", "T21,MgO", "T21,Mgo", "unknown quantity 'Mgo'; did you mean 'MgO'"),
    "unit": ("ranges.csv", "600,,degC", "600,,kbar", "the unit of temperature is degC"),
    "no end": ("ranges.csv", "600,,degC", ",,degC", "range of temperature has no end"),
    "upside down": ("ranges.csv", "0.01,60,", "60,0.01,", "range of pressure is upside down"),
}


@pytest.mark.parametrize("case", GUIDES)
def test_guides_are_checked(tables, case):
    file, old, new, message = GUIDES[case]
    edit(tables, f"guides/{file}", old, new)
    with pytest.raises(TableError, match=message):
        load_guides(tables)


EXTENSION = {
    "not a change": ("liq,tiL,-8.24,0,-0.08", "liq,tiL,0.42,0,-0.257", "is that of T21"),
    "unknown end-member": ("liq,tiL", "liq,tilL", "liq has no end-member 'tilL'; did you mean"),
    "unknown phase": ("liq,tiL", "lig,tiL", "no phase is called 'lig'; did you mean 'liq'"),
    "twice": ("liq,tiL", "liq,sl1L", "endmember 'sl1L' is there twice"),
}


@pytest.mark.parametrize("rule", EXTENSION)
def test_extension(tables, rule):
    old, new, reason = EXTENSION[rule]
    row = edit(tables, "models/T21-Su26/energies.csv", old, new)
    with pytest.raises(TableError) as caught:
        models(tables, "T21-Su26")
    assert reason in caught.value.reason
    assert caught.value.row == row


def test_extension_in_a_circle(tables):
    edit(tables, "models/T21-Su26/model.toml", 'extends = "T21"', 'extends = "T21-Su26"')
    with pytest.raises(TableError, match="extends itself: T21-Su26 -> T21-Su26"):
        models(tables, "T21-Su26")


def test_extension_of_nothing(tables):
    edit(tables, "models/T21-Su26/model.toml", 'extends = "T21"', 'extends = "T20"')
    with pytest.raises(TableError, match="no set is called 'T20'; did you mean 'T21'"):
        models(tables, "T21-Su26")


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_digest_does_not_depend_on_line_endings(tables, ending):
    for folder, _, names in os.walk(tables):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = file.read()
            with open(path, "wb") as file:
                file.write(content.replace(b"\n", ending))
    for name in model_names():
        assert models(tables, name) == load_models(name)
    assert ds634(tables) == load_endmembers("ds634")


@pytest.mark.parametrize(
    "file",
    [
        "components.csv",
        DS634,
        "endmembers/ds634/set.toml",
        *(f"{T21}/{f}.csv" for f in ("phases", "endmembers", "sites", "interactions")),
        f"{T21}/model.toml",
    ],
)
def test_digest_depends_on_every_file_of_the_set(tables, file):
    append(tables, file, "")
    assert models(tables).sha256 != load_models("T21").sha256
    assert models(tables, "T21-Su26").sha256 != load_models("T21-Su26").sha256


def test_digest_of_an_extension_depends_on_its_own_files(tables):
    append(tables, "models/T21-Su26/energies.csv", "")
    assert models(tables).sha256 == load_models("T21").sha256
    assert models(tables, "T21-Su26").sha256 != load_models("T21-Su26").sha256


def test_errors_and_records_can_be_sent_to_another_process(tables):
    edit(tables, DS634, "-2172.45", "x")
    with pytest.raises(TableError) as caught:
        ds634(tables)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (str(error), error.row) == (str(caught.value), caught.value.row)
    assert pickle.loads(pickle.dumps(load_models("T21"))) == load_models("T21")
