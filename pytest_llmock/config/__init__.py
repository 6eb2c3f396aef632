"""Settings: every source, spelling and default, as one frozen `Settings`."""

from pytest_llmock.config.files import find_settings_file
from pytest_llmock.config.keys import RUN_OPTIONS, TEST_OPTIONS
from pytest_llmock.config.load import load_settings
from pytest_llmock.config.secret import Secret
from pytest_llmock.config.sections import BackendSettings, CorsSettings, OpenApiSettings
from pytest_llmock.config.settings import Settings

__all__ = [
    "RUN_OPTIONS",
    "TEST_OPTIONS",
    "BackendSettings",
    "CorsSettings",
    "OpenApiSettings",
    "Secret",
    "Settings",
    "find_settings_file",
    "load_settings",
]
