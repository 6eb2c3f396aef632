"""Each request to the model that it is worth: by its complexity and budget, before anybody is asked."""

from pytest_llmock import Parallel, Pipeline, Router, Stage, complexity


def smart(shape):
    """Fast up to 3, good up to 7, the best beyond."""
    return Router(
        [
            (3, Stage("fast", backend="generator", shape=shape)),
            (7, Stage("quality", backend="enricher", shape=shape)),
            (10, Stage("premium", backend="validator", shape=shape)),
        ]
    )


def within_budget(shape):
    """The best model only for those who pay for it, and only for what is worth it."""

    def backend(request):
        score = complexity(request)
        if request.get("budget", "low") == "unlimited" and score > 8:
            return "validator"
        return "enricher" if score > 5 else "generator"

    routes = {name: Stage(name, backend=name, shape=shape) for name in ("generator", "enricher", "validator")}
    return Router(routes, score=backend)


def combined(simple, details, extras):
    """Patterns nest: a simple request is one call, any other is a pipeline whose second stage is two at once."""
    aspects = Parallel(
        Stage("details", backend="enricher", shape=details),
        Stage("extras", backend="validator", shape=extras),
        merge="flat",
    )
    return Router(
        [
            (3, Stage("fast", backend="generator", shape=simple)),
            (10, Pipeline(Stage("generate", backend="generator", shape=simple), aspects)),
        ]
    )


def made_by(backend):
    """A step for requests that bring their own shape: the tutorial's smartGenerate."""

    def generate(request):
        rest = {name: value for name, value in request.items() if name != "shape"}
        return Stage(backend, backend=backend, shape=request["shape"], keep_input=False)(rest)

    return generate


def smart_generate():
    """The model that the request's own shape is worth."""
    return Router([(3, made_by("generator")), (7, made_by("enricher")), (10, made_by("validator"))])
