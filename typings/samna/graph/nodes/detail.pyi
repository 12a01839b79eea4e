# Width and height of what there is, then of what is wanted.
def rescaling_coefficient(
    arg0: float, arg1: float, arg2: float, arg3: float, /
) -> tuple[float, float]: ...
