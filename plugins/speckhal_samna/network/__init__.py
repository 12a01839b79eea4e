"""From a sinabs network to cores: what is refused, where layers go, what rounding makes of them."""
