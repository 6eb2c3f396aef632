"""Flow charts."""

from pytest_llmock.patterns.drawing import Drawing


def test_texts_of_users_stay_texts():
    """Nothing in them ends a label."""
    drawing = Drawing()

    drawing.node('a "b" <c> & d\ne')

    assert drawing.text == 'flowchart LR\n    n1["a &quot;b&quot; &lt;c> &amp; d e"]\n'


def test_a_node_stands_behind_several():
    """With a label on the arrows where one is given."""
    drawing = Drawing()
    first, second = drawing.node("a", "round"), drawing.node("b", "choice")

    drawing.behind((first, second), "c", label="then")

    assert drawing.text.splitlines()[3:] == [
        '    n3["c"]',
        '    n1 -- "then" --> n3',
        '    n2 -- "then" --> n3',
    ]


def test_an_exit_labels_the_arrow_that_leaves_it():
    """Both labels stand there when an exit is left by an exit, as a branch behind a route is."""
    drawing = Drawing()
    node = drawing.node("a")

    drawing.behind((drawing.exit(node, "yes"), drawing.exit(drawing.exit(node, "x"), "no")), "b")

    assert drawing.text.splitlines()[2:] == [
        '    n2["b"]',
        '    n1 -- "yes" --> n2',
        '    n1 -- "x, no" --> n2',
    ]


def test_the_end_is_drawn_once():
    """However many lead there."""
    drawing = Drawing()

    assert drawing.end == drawing.end == "n1"
