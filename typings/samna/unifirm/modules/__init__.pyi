from . import edgeDetection as edgeDetection
from . import events as events
from . import ioControl as ioControl
