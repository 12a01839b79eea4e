from . import edgeDetection as edgeDetection, events as events, ioControl as ioControl
