"""Emulated boards: what a kit and its chip do, moved by a clock, with no vendor API in sight.

`board.EmulatedBoard` is where to start. Commands go in, arrays come out of it through
`board.BoardOutputs`; `options.EmulationOptions` holds every assumption about the real chip.
"""
