"""Components as the spec's reader knows them: what each package offers, told by its manifest, without importing it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from models_lib.spec.catalog import Entry, load_catalog
from models_lib.spec.objects import Family

ComponentFamily = Literal[
    "layer",
    "loss",
    "metric",
    "optimizer",
    "schedule",
    "initializer",
    "regularizer",
    "constraint",
    "activation",
    "callback",
    "model",
    "transform",
    "loop",
    "application",
]
ComponentKind = Literal["class", "function", "factory"]
FAMILIES: tuple[Family, ...] = get_args(Family)
# What an argument that takes anything is likely to be given, by a word in its name: some names are in two families.
FAMILY_WORDS: tuple[tuple[str, Family], ...] = (
    ("optimizer", "optimizer"),
    ("loss", "loss"),
    ("metric", "metric"),
    ("regularizer", "regularizer"),
    ("initializer", "initializer"),
    ("constraint", "constraint"),
    ("activation", "activation"),
    ("schedule", "schedule"),
)


class _Manifested(BaseModel):
    """A part of a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ComponentArgument(_Manifested):
    """One argument of a component's object."""

    name: str = Field(description="The argument's name.")
    required: bool = Field(default=False, description="Whether it has no default.")
    default: Any = Field(default=None, description="The default, where it is a constant.")
    default_text: str | None = Field(default=None, description="The default as Python shows it.")
    kinds: tuple[str, ...] = Field(default=(), description="Types of constant that its annotation names; none: any.")


class ComponentObject(_Manifested):
    """One class or function that a spec may name."""

    name: str = Field(description="Its name.")
    kind: ComponentKind = Field(description="A factory is a function that is called and returns the object.")
    families: tuple[ComponentFamily, ...] = Field(description="Where it may stand; a function may serve in several.")
    arguments: tuple[ComponentArgument, ...] = Field(default=(), description="What a call of it takes, in order.")
    positional: int = Field(default=0, description="How many arguments may be given by position.")
    takes_any: bool = Field(default=False, description="Whether it takes arguments by any other name, too.")
    call: tuple[str, ...] = Field(default=(), description="Layers and models: what a call takes.")
    methods: tuple[str, ...] = Field(default=(), description="Models: which of Keras' methods are its own.")
    compile: tuple[ComponentArgument, ...] = Field(default=(), description="Models: what its own `compile` takes.")
    compile_takes_any: bool = Field(
        default=False, description="Whether its own `compile` passes on what else is given."
    )
    curve: str | None = Field(default=None, description="Metrics: the name that Keras gives its curve.")
    module: str = Field(default="", description="The module that defines it.")
    line: int | None = Field(default=None, description="Where it begins in its file.")
    doc: str = Field(default="", description="The first line of its documentation.")


class ComponentManifest(_Manifested):
    """What a package offers."""

    objects: tuple[ComponentObject, ...] = Field(description="Its classes and functions, in the order of its files.")
    files: tuple[str, ...] = Field(default=(), description="Its files: what `entry` of a script may name.")

    @property
    def by_name(self) -> dict[str, ComponentObject]:
        """Its objects by their names, which are unique in a package."""
        return {part.name: part for part in self.objects}


@dataclass(frozen=True)
class Package:
    """One version of a component; `is_pinned` where the document asks for it itself."""

    name: str
    version: int
    manifest: ComponentManifest
    is_pinned: bool = False

    @property
    def reference(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class FoundObject:
    """An object, and the package that has it."""

    package: Package
    described: ComponentObject

    @property
    def name(self) -> str:
        """As the resolved spec writes it."""
        return f"{self.package.name}.{self.described.name}"


class Components:
    """The packages that a document may use, and those that it does use."""

    def __init__(self, packages: Iterable[Package] = ()) -> None:
        self.packages = tuple(packages)
        self.used: dict[str, Package] = {package.name: package for package in self.packages if package.is_pinned}

    def find(self, name: str) -> list[FoundObject]:
        """What `package.Name`, or `Name`, may mean; packages that the document pins go first."""
        package, _, short = name.rpartition(".")
        found = [FoundObject(p, p.manifest.by_name[short]) for p in self.packages if short in p.manifest.by_name]
        if package:
            return [part for part in found if part.package.name == package]
        pinned = [part for part in found if part.package.is_pinned]
        return pinned or found

    def use(self, found: FoundObject) -> None:
        """Note that the document needs the package."""
        self.used.setdefault(found.package.name, found.package)

    def names(self, family: ComponentFamily) -> tuple[str, ...]:
        """Everything of a family, as `package.Name`."""
        found = (FoundObject(p, part) for p in self.packages for part in p.manifest.objects)
        return tuple(part.name for part in found if family in part.described.families)

    @property
    def pins(self) -> tuple[str, ...]:
        """`name@version` of each package that is used."""
        return tuple(package.reference for package in sorted(self.used.values(), key=lambda package: package.name))


# Callbacks: arguments that the service gives, as it chooses every path that is written to.
CHOSEN_BY_SERVICE = ("log_dir", "path", "filepath", "filename")


def is_component(class_name: str) -> bool:
    """Names of a component's objects have a dot in the long form, those of the catalog have none."""
    return "." in class_name


def short_name(class_name: str) -> str:
    """`HuberLoss` of `robust.HuberLoss`."""
    return class_name.rpartition(".")[2]


def as_entry(found: FoundObject, arguments: Sequence[ComponentArgument] | None = None) -> Entry:
    """The object as an entry of the catalog: its arguments take constants and objects alike."""
    described = found.described
    listed = described.arguments if arguments is None else arguments
    told = [
        {
            "name": argument.name,
            "required": argument.required,
            "default": argument.default if isinstance(argument.default, bool | int | float | str) else None,
            "kinds": argument.kinds,
            "open": True,
            **_chosen(described, argument.name),
        }
        for argument in listed
    ]
    return Entry(
        found.name,
        {
            "doc": described.doc,
            "arguments": told,
            "positional": described.positional,
            "call": described.call,
            "takes_any": described.takes_any,
        },
    )


def _chosen(described: ComponentObject, argument: str) -> dict[str, str]:
    if "callback" not in described.families or argument not in CHOSEN_BY_SERVICE:
        return {}
    return {"refused": "the service chooses every path that a callback writes: leave it out"}


def guess_family(argument: str, class_name: str) -> Family | None:
    """The family of a catalog name that is given for an argument which takes anything."""
    families = load_catalog().families_of(class_name)
    words = [family for word, family in FAMILY_WORDS if word in argument and family in families]
    return words[0] if words else families[0] if families else None
