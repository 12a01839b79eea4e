"""The nodes of event graphs: what they do, behind the faces that scripts hold."""
