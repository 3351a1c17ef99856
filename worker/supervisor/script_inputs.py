"""How a script finds its matter: its file by the name that its spec gives it, its data sets in a folder `data`."""

from pathlib import Path

from models_lib.components.packing import INIT
from models_lib.spec.scripts import ScriptSpec, place_files
from store.claims import Claim

DATA = "data"


def lay_script(claim: Claim, folder: Path) -> None:
    """Give the script its name, and let `data` lead from where it runs to the data sets, by their own names.

    The links are ours and lead out of what the trainer may write: it can neither follow them to anybody else's files
    nor put anything behind them.
    """
    spec = ScriptSpec.model_validate(claim.spec)
    name_entry(folder / "in" / "components" / spec.model.package, spec.model.entry)
    data = folder / "in" / DATA
    data.mkdir()
    formats = {dataset.part: dataset.format for dataset in claim.datasets}
    for part, name in place_files(spec, formats).items():
        is_unpacked = formats[part] == "images"
        target = Path("../../tmp/images", name) if is_unpacked else Path("..", f"{part}.{formats[part]}")
        (data / name).symlink_to(target)
    (folder / "out" / "artifacts" / DATA).symlink_to(Path("../../in", DATA))


def name_entry(package: Path, entry: str) -> None:
    """A single module is kept as the package itself; run as a script it has its own name, which its errors show."""
    if not (package / entry).exists():
        (package / INIT).rename(package / entry)
