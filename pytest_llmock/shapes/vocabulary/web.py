"""Words of the network: hosts, agents, files, languages."""

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
)
BROWSERS = ("Firefox", "Chrome", "Safari", "Edge")
SYSTEMS = ("Windows", "macOS", "Linux", "Android", "iOS")
DEVICES = ("desktop", "mobile", "tablet")
MIME_TYPES = ("application/pdf", "image/png", "text/csv", "application/json", "image/jpeg")
FILE_NAMES = ("report", "invoice", "summary", "photo", "budget", "notes", "export", "contract", "agenda")
FILE_ENDINGS = ("pdf", "png", "csv", "json", "jpg")
LANGUAGES = ("English", "Spanish", "French", "German", "Portuguese", "Italian", "Japanese")
LANGUAGE_CODES = ("en", "es", "fr", "de", "pt", "it", "ja")
LOCALES = ("en-US", "en-GB", "es-ES", "fr-FR", "de-DE")
HTTP_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LOG_LEVELS = ("debug", "info", "info", "warning", "error")
ENVIRONMENTS = ("development", "staging", "production")
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2")
MODELS = ("A100", "B240", "C3", "D500", "M10", "X2")
MAKES = ("Altura", "Brennan", "Corsa Nova", "Dorado", "Everest")
PATHS = ("overview", "guide", "welcome", "details", "archive", "news", "pricing", "summary")
PROTOCOLS = ("https", "http", "ssh", "ftp")
THEMES = ("light", "dark", "system")
CERTIFICATES = ("ISO 9001", "CE", "Energy Star", "FSC")
