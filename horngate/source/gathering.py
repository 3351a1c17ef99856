"""Everything that objects need to be defined elsewhere: they themselves, and what they mention, transitively."""

import builtins
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from horngate.errors import CaptureFault
from horngate.source.finding import Found, NoSource, find_source
from horngate.source.mentions import attribute_chains, find_mentions
from horngate.source.origins import alias_of, import_statement, is_own, local_imports, made_import, submodule_imports
from horngate.source.trees import Shelf, unwrapped
from horngate.source.values import NoText, ValueWriter
from horngate.source.writing import NAMESPACE, Piece, bind_text, define_text, namespace_text

OF_EVERY_MODULE = frozenset(
    {"__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__", "__builtins__"}
)
GIVE_AS_ARGUMENT = "make it in __init__, give it as an argument with a constant, or write it as a constant"


@dataclass
class Gathering:
    """What has been found so far; `faults` is everything that stands in the way."""

    shelf: Shelf = field(default_factory=Shelf)
    pieces: dict[str, Piece] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    faults: list[CaptureFault] = field(default_factory=list)
    has_future_annotations: bool = False
    _names: dict[int, str] = field(default_factory=dict)
    _namespaces: dict[str, tuple[ModuleType, set[str]]] = field(default_factory=dict)

    def add_object(self, value: Any) -> str:
        """A class or function that was asked for; its name in the package, empty where it cannot be captured."""
        name = str(getattr(value, "__name__", type(value).__name__))
        if not isinstance(value, type) and unwrapped(value) is None:
            self._refuse(name, name, "it is neither a class nor a function", "pass the class or function itself")
        elif not is_own(getattr(value, "__module__", None)):
            self._refuse(name, name, "it is an installed package's, not yours", "name it in the spec as it is")
        else:
            found = self._define(value, name)
            if found.startswith("_"):
                self._refuse(found, found, "its name begins with _, and a spec names public objects", "rename it")
            return found
        return ""

    def finish(self) -> None:
        """Write the modules of the user's own that are mentioned as modules, now that all mentions are known."""
        for name, (_, attributes) in self._namespaces.items():
            self.imports.add("import types")
            self.pieces[name] = Piece(name, namespace_text(name, sorted(attributes)), now=frozenset(attributes))

    def _define(self, value: Any, asker: str) -> str:
        """The definition, and all that it mentions; the name that it has in the package."""
        if id(value) in self._names:
            return self._names[id(value)]
        try:
            found = find_source(value, self.shelf)
        except NoSource as error:
            self._refuse(asker, getattr(value, "__name__", asker), error.reason, error.mend)
            return ""
        name = self._free_name(found, asker)
        self._names[id(value)] = name
        self.has_future_annotations |= found.has_future_annotations
        mentions = find_mentions(bind_text(found), found.name, has_future_annotations=found.has_future_annotations)
        bound, needed = self._bind_closure(found, name)
        mine = {key: part for key, part in bound.items() if key != part}
        self._put(Piece(name, "", value=value), asker)
        for module in local_imports(bind_text(found)):
            reason = f"it imports {module}, a module of your own, when it is called"
            self._refuse(name, module, reason, "import what it needs of it at the top of the file or cell")
        for mention in mentions.all:
            if mention in found.set_around and mention in mentions.now and mention not in bound:
                reason = f"the function around it gives it {mention} while it is defined"
                self._refuse(name, mention, reason, f"use {mention} inside a function of it, or write it as a constant")
            elif mention not in bound:
                self._resolve(mention, found, name)
        text = define_text(found, name, mine)
        now = frozenset((mentions.now - set(bound)) | needed)
        self.pieces[name] = Piece(name, text, now, mentions.later - set(bound), value)
        return name

    def _free_name(self, found: Found, asker: str) -> str:
        """Its own name; what a factory or a lambda made may be numbered where the name is taken."""
        is_made = bool(found.closure) or found.name == "unnamed"
        if not is_made or found.name not in self.pieces:
            return found.name
        return next(name for n in range(2, 1000) if (name := f"{found.name}_{n}") not in self.pieces)

    def _bind_closure(self, found: Found, name: str) -> tuple[dict[str, str], set[str]]:
        """For each name of the closure the expression of its value, and the names in them all that must be there."""
        bound: dict[str, str] = {}
        needed: set[str] = set()
        for key, value in sorted(found.closure.items(), key=lambda pair: pair[0]):
            if self._is_definition(value):
                bound[key] = self._define(value, name) or "None"
                needed.add(bound[key])
            elif (statement := import_statement(key, value, found.module, self.shelf)) is not None:
                self._put(Piece(key, statement + "\n", is_import=True), name)
                bound[key] = key
            else:
                bound[key], more = self._write_constant(value, key, name, "closure")
                needed |= more
        return bound, needed

    def _resolve(self, mention: str, found: Found, asker: str) -> None:
        """Have a global that a definition mentions in the package, under the same name."""
        scope = found.scope
        own_base = found.bases.get(mention)
        if mention not in scope and own_base is None:
            if not hasattr(builtins, mention) and mention not in OF_EVERY_MODULE:
                reason = f"it is not defined in {found.module}"
                self._refuse(asker, mention, reason, "run or import what defines it first, or mend the name")
            return
        value = scope[mention] if own_base is None else own_base
        if isinstance(value, ModuleType) and is_own(value.__name__):
            self._add_namespace(mention, value, found, asker)
        elif (statement := import_statement(mention, value, found.module, self.shelf)) is not None:
            self._put(Piece(mention, statement + "\n", is_import=True), asker)
            if isinstance(value, ModuleType):
                chains = attribute_chains(bind_text(found), mention)
                self.imports |= submodule_imports(mention, value, chains)
        elif self._is_definition(value):
            self._add_alias(mention, self._define(value, asker), asker)
        elif (alias := alias_of(mention, value, found, self.shelf)) is not None:
            self._put(Piece(mention, alias[0], now=frozenset({alias[1]})), asker)
            self._resolve(alias[1], found, asker)
        elif mention not in OF_EVERY_MODULE:
            self._add_constant(mention, value, asker)

    def _is_definition(self, value: Any) -> bool:
        is_code = isinstance(value, type) or unwrapped(value) is not None
        return is_code and is_own(getattr(value, "__module__", None))

    def _add_alias(self, mention: str, name: str, asker: str) -> None:
        if name and name != mention:
            self._put(Piece(mention, f"{mention} = {name}\n", now=frozenset({name})), asker)

    def _add_constant(self, name: str, value: Any, asker: str) -> None:
        text, needed = self._write_constant(value, name, asker, "global")
        self._put(Piece(name, f"{name} = {text}\n", now=needed), asker)

    def _write_constant(self, value: Any, name: str, asker: str, kind: str) -> tuple[str, frozenset[str]]:
        """Its text, and the names in it that must be there before."""
        needed: set[str] = set()
        writer = ValueWriter(lambda part: self._name_within(part, needed, asker))
        try:
            text = writer.write(value)
        except NoText as error:
            self._refuse(asker, name, f"the {kind} {name} is no constant: {error}", GIVE_AS_ARGUMENT)
            return "None", frozenset()
        self.imports |= {f"import {module} as _{module}" for module in writer.modules}
        return text, frozenset(needed)

    def _name_within(self, value: Any, needed: set[str], asker: str) -> str | None:
        """The name of a class or function that a constant holds."""
        if self._is_definition(value):
            name = self._define(value, asker)
            needed.add(name)
            return name or "None"
        name = f"_{getattr(value, '__name__', '')}"
        statement = made_import(name, value)
        if statement is not None:
            self._put(Piece(name, f"{statement}\n", is_import=True), asker)
        return name if statement is not None else None

    def _add_namespace(self, name: str, module: ModuleType, found: Found, asker: str) -> None:
        """A module of the user's own that is mentioned as `module.Name`: each such name is captured."""
        _, attributes = self._namespaces.setdefault(name, (module, set()))
        self._put(Piece(name, NAMESPACE, value=module), asker)
        for chain in sorted(attribute_chains(bind_text(found), name)):
            inside = Found(found.name, found.text, found.indent, module.__name__, vars(module))
            if len(chain) > 1 and isinstance(vars(module).get(chain[0]), ModuleType):
                reason = f"{name}.{chain[0]} is a module within {name}"
                self._refuse(asker, name, reason, f"write `from {module.__name__} import {chain[0]}` at the top")
            elif not chain:
                self._refuse(
                    asker, name, f"the module {name} is used as a whole", f"write {name}.something, or import that"
                )
            else:
                attributes.add(chain[0])
                self._resolve(chain[0], inside, asker)

    def _put(self, piece: Piece, asker: str) -> None:
        """Keep a piece; two of a name must be the same."""
        known = self.pieces.setdefault(piece.name, piece)
        if known is piece or (known.text == piece.text and known.value is piece.value):
            return
        if known.value is None or known.value is not piece.value:
            reason = f"{piece.name} means two things in what is captured together"
            self._refuse(asker, piece.name, reason, "rename one of them, or upload them apart")

    def _refuse(self, of: str, name: str, reason: str, mend: str) -> None:
        fault = CaptureFault(of, name, reason, mend)
        if fault not in self.faults:
            self.faults.append(fault)
