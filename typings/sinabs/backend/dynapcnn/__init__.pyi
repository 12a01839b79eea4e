from .dynapcnn_layer import DynapcnnLayer as DynapcnnLayer
from .dynapcnn_network import DynapcnnNetwork as DynapcnnNetwork
