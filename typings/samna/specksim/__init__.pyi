# The vendor's reference does not have this module; what sinabs does with it is known from there.

from . import events as events
from . import nodes as nodes
