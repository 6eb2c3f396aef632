"""The YAML of a file that another tool wrote; a fault in it is told with the file's name."""

from pytest_llmock import foreign_yaml
from pytest_llmock.errors import CassetteError
from pytest_llmock.foreign_yaml import LOADER, Data, Loader

__all__ = ["Data", "read_foreign_yaml"]


def read_foreign_yaml(text: str, where: str, *, loader: Loader = LOADER) -> Data:
    """The data of the one document of the file `where`. Raises CassetteError naming file and line."""
    try:
        return foreign_yaml.read_foreign_yaml(text, loader=loader)
    except foreign_yaml.ForeignYamlError as error:
        line = "" if error.line is None else f", line {error.line},"
        raise CassetteError(f"{where}{line} cannot be imported: {error.problem}.") from error
