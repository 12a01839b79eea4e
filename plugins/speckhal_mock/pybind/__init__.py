"""Classes with pybind11's manners, made from declarations.

The vendor's events and configurations are C++ structs that pybind11 shows to Python. A struct is
declared once here, as an annotated template, and `Binder` makes each chip's own class of it.
"""
