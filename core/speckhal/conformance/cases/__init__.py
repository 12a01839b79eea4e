"""The cases, by topic. The suite takes those that a module defines, in its order."""
