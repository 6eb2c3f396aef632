"""Where a provider's operations are, below the base address of a backend.

Azure, spec: https://learn.microsoft.com/azure/ai-foundry/openai/reference and …/api-version-lifecycle (read
2026-11-22). A dated API names the deployment in the path and the version in the query; the newer one, at
/openai/v1/, needs neither, and takes the deployment as the model.
"""

from urllib.parse import parse_qs, quote, urlsplit

AZURE_VERSION = "2024-10-21"
_OPERATIONS = ("/chat/completions", "/embeddings")


def below(base_url: str, path: str, _model: str) -> str:
    """The address of `path`: "http://h/v1/?k=1" and "models" give "http://h/v1/models?k=1"."""
    parts = urlsplit(base_url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{path}").geturl()


def below_deployment(base_url: str, path: str, model: str) -> str:
    """The address of `path` on Azure, for the deployment `model`; of the resource itself where that is empty.

    The base may be the resource, with `/openai` or without; a deployment; one of its operations, as the
    portal shows them; or the v1 API. What it names already is not added.
    """
    parts = urlsplit(base_url)
    root = parts.path.rstrip("/")
    for operation in _OPERATIONS:
        root = root.removesuffix(operation)
    if root.endswith("/openai/v1"):
        return parts._replace(path=f"{root}/{path}").geturl()
    if "/openai/deployments/" not in root:
        deployment = f"/deployments/{quote(model, safe='')}" if model.strip(".") else ""
        root = f"{root.removesuffix('/openai')}/openai{deployment}"
    query = [parts.query] if parts.query else []
    if "api-version" not in parse_qs(parts.query):
        query.append(f"api-version={AZURE_VERSION}")
    return parts._replace(path=f"{root}/{path}", query="&".join(query)).geturl()
