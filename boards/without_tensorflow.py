"""Importing this first makes TensorBoard use its own stub in place of TensorFlow: 770 MB and ten seconds saved."""

import sys
from types import ModuleType

# tensorboard.compat.tf() decides by whether this module, which no wheel ships, can be imported.
sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))
