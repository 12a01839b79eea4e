from . import detail as detail
