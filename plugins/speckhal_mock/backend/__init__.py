"""The backends that open emulated boards, and the options they take."""
