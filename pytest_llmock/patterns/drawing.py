"""The topology of steps as a Mermaid flow chart."""

from functools import cached_property

_FORMS = {"box": ('["', '"]'), "round": ('(["', '"])'), "choice": ('{"', '"}')}


class Drawing:
    """A flow chart that grows: nodes and the edges between them."""

    def __init__(self) -> None:
        self._lines = ["flowchart LR"]
        self._nodes = 0
        self._exits: dict[str, tuple[str, str]] = {}

    def node(self, text: str, form: str = "box") -> str:
        """A new node: its id. `form` is "box" for a model call, "round" for a function, "choice"."""
        self._nodes += 1
        name = f"n{self._nodes}"
        begin, end = _FORMS[form]
        self._lines.append(f"    {name}{begin}{_escaped(text)}{end}")
        return name

    def edge(self, start: str, end: str, text: str = "") -> None:
        """An arrow between two nodes, with a word on it."""
        start, text = self._exits.get(start, (start, text))
        arrow = f'-- "{_escaped(text)}" -->' if text else "-->"
        self._lines.append(f"    {start} {arrow} {end}")

    def behind(self, before: tuple[str, ...], text: str, form: str = "box", label: str = "") -> str:
        """A new node with an arrow from each of the nodes `before`: its id."""
        name = self.node(text, form)
        for start in before:
            self.edge(start, name, label)
        return name

    def exit(self, node: str, label: str) -> str:
        """What stands for the node among those `before` a step, so that the arrow from it has a label.

        An exit that is left by an exit has both labels: "up to 3, price".
        """
        name = f"{node} {label}"
        start, before = self._exits.get(node, (node, ""))
        self._exits[name] = (start, f"{before}, {label}" if before else label)
        return name

    @cached_property
    def end(self) -> str:
        """The node of the result."""
        return self.node("result", "round")

    @property
    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")
