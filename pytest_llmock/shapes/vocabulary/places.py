"""Places whose parts fit each other, and streets."""

from typing import NamedTuple

from pytest_llmock.shapes.vocabulary.words import words


class Place(NamedTuple):
    """A city with all that an address or a map says of it; `#` in the postal code `post` is a digit."""

    city: str
    state: str
    state_code: str
    post: str
    latitude: float
    longitude: float
    timezone: str
    area_code: str
    country: str = "United States"
    country_code: str = "US"
    currency: str = "USD"


_EAST, _CENTRAL, _WEST = "America/New_York", "America/Chicago", "America/Los_Angeles"
_MOUNTAIN = "America/Denver"

PLACES = (
    Place("Albany", "New York", "NY", "122##", 42.6526, -73.7562, _EAST, "518"),
    Place("Albuquerque", "New Mexico", "NM", "871##", 35.0844, -106.6504, _MOUNTAIN, "505"),
    Place("Anchorage", "Alaska", "AK", "995##", 61.2181, -149.9003, "America/Anchorage", "907"),
    Place("Ann Arbor", "Michigan", "MI", "481##", 42.2808, -83.7430, "America/Detroit", "734"),
    Place("Asheville", "North Carolina", "NC", "288##", 35.5951, -82.5515, _EAST, "828"),
    Place("Atlanta", "Georgia", "GA", "303##", 33.7490, -84.3880, _EAST, "404"),
    Place("Austin", "Texas", "TX", "787##", 30.2672, -97.7431, _CENTRAL, "512"),
    Place("Baltimore", "Maryland", "MD", "212##", 39.2904, -76.6122, _EAST, "410"),
    Place("Boise", "Idaho", "ID", "837##", 43.6150, -116.2023, "America/Boise", "208"),
    Place("Boston", "Massachusetts", "MA", "021##", 42.3601, -71.0589, _EAST, "617"),
    Place("Boulder", "Colorado", "CO", "803##", 40.0150, -105.2705, _MOUNTAIN, "303"),
    Place("Buffalo", "New York", "NY", "142##", 42.8864, -78.8784, _EAST, "716"),
    Place("Burlington", "Vermont", "VT", "054##", 44.4759, -73.2121, _EAST, "802"),
    Place("Charleston", "South Carolina", "SC", "294##", 32.7765, -79.9311, _EAST, "843"),
    Place("Charlotte", "North Carolina", "NC", "282##", 35.2271, -80.8431, _EAST, "704"),
    Place("Chicago", "Illinois", "IL", "606##", 41.8781, -87.6298, _CENTRAL, "312"),
    Place("Cincinnati", "Ohio", "OH", "452##", 39.1031, -84.5120, _EAST, "513"),
    Place("Columbus", "Ohio", "OH", "432##", 39.9612, -82.9988, _EAST, "614"),
    Place("Dallas", "Texas", "TX", "752##", 32.7767, -96.7970, _CENTRAL, "214"),
    Place("Denver", "Colorado", "CO", "802##", 39.7392, -104.9903, _MOUNTAIN, "303"),
    Place("Des Moines", "Iowa", "IA", "503##", 41.5868, -93.6250, _CENTRAL, "515"),
    Place("Detroit", "Michigan", "MI", "482##", 42.3314, -83.0458, "America/Detroit", "313"),
    Place("Eugene", "Oregon", "OR", "974##", 44.0521, -123.0868, _WEST, "541"),
    Place("Honolulu", "Hawaii", "HI", "968##", 21.3069, -157.8583, "Pacific/Honolulu", "808"),
    Place("Houston", "Texas", "TX", "770##", 29.7604, -95.3698, _CENTRAL, "713"),
    Place("Kansas City", "Missouri", "MO", "641##", 39.0997, -94.5786, _CENTRAL, "816"),
    Place("Los Angeles", "California", "CA", "900##", 34.0522, -118.2437, _WEST, "213"),
    Place("Louisville", "Kentucky", "KY", "402##", 38.2527, -85.7585, "America/Kentucky/Louisville", "502"),
    Place("Madison", "Wisconsin", "WI", "537##", 43.0731, -89.4012, _CENTRAL, "608"),
    Place("Memphis", "Tennessee", "TN", "381##", 35.1495, -90.0490, _CENTRAL, "901"),
    Place("Miami", "Florida", "FL", "331##", 25.7617, -80.1918, _EAST, "305"),
    Place("Milwaukee", "Wisconsin", "WI", "532##", 43.0389, -87.9065, _CENTRAL, "414"),
    Place("Minneapolis", "Minnesota", "MN", "554##", 44.9778, -93.2650, _CENTRAL, "612"),
    Place("Nashville", "Tennessee", "TN", "372##", 36.1627, -86.7816, _CENTRAL, "615"),
    Place("New Orleans", "Louisiana", "LA", "701##", 29.9511, -90.0715, _CENTRAL, "504"),
    Place("New York", "New York", "NY", "100##", 40.7128, -74.0060, _EAST, "212"),
    Place("Oakland", "California", "CA", "946##", 37.8044, -122.2712, _WEST, "510"),
    Place("Omaha", "Nebraska", "NE", "681##", 41.2565, -95.9345, _CENTRAL, "402"),
    Place("Orlando", "Florida", "FL", "328##", 28.5383, -81.3792, _EAST, "407"),
    Place("Philadelphia", "Pennsylvania", "PA", "191##", 39.9526, -75.1652, _EAST, "215"),
    Place("Phoenix", "Arizona", "AZ", "850##", 33.4484, -112.0740, "America/Phoenix", "602"),
    Place("Pittsburgh", "Pennsylvania", "PA", "152##", 40.4406, -79.9959, _EAST, "412"),
    Place("Portland", "Oregon", "OR", "972##", 45.5152, -122.6784, _WEST, "503"),
    Place("Providence", "Rhode Island", "RI", "029##", 41.8240, -71.4128, _EAST, "401"),
    Place("Raleigh", "North Carolina", "NC", "276##", 35.7796, -78.6382, _EAST, "919"),
    Place("Richmond", "Virginia", "VA", "232##", 37.5407, -77.4360, _EAST, "804"),
    Place("Sacramento", "California", "CA", "958##", 38.5816, -121.4944, _WEST, "916"),
    Place("Salt Lake City", "Utah", "UT", "841##", 40.7608, -111.8910, _MOUNTAIN, "801"),
    Place("San Antonio", "Texas", "TX", "782##", 29.4241, -98.4936, _CENTRAL, "210"),
    Place("San Diego", "California", "CA", "921##", 32.7157, -117.1611, _WEST, "619"),
    Place("San Francisco", "California", "CA", "941##", 37.7749, -122.4194, _WEST, "415"),
    Place("Santa Fe", "New Mexico", "NM", "875##", 35.6870, -105.9378, _MOUNTAIN, "505"),
    Place("Savannah", "Georgia", "GA", "314##", 32.0809, -81.0912, _EAST, "912"),
    Place("Seattle", "Washington", "WA", "981##", 47.6062, -122.3321, _WEST, "206"),
    Place("Spokane", "Washington", "WA", "992##", 47.6588, -117.4260, _WEST, "509"),
    Place("St. Louis", "Missouri", "MO", "631##", 38.6270, -90.1994, _CENTRAL, "314"),
    Place("Tampa", "Florida", "FL", "336##", 27.9506, -82.4572, _EAST, "813"),
    Place("Tucson", "Arizona", "AZ", "857##", 32.2226, -110.9747, "America/Phoenix", "520"),
    Place("Tulsa", "Oklahoma", "OK", "741##", 36.1540, -95.9928, _CENTRAL, "918"),
    Place("Wichita", "Kansas", "KS", "672##", 37.6872, -97.3301, _CENTRAL, "316"),
)

_ABROAD = (
    (
        "Amsterdam",
        "North Holland",
        "NH",
        "10## AB",
        52.3676,
        4.9041,
        "Europe/Amsterdam",
        "Netherlands NL EUR",
    ),
    ("Auckland", "Auckland", "AUK", "10##", -36.8509, 174.7645, "Pacific/Auckland", "New Zealand NZ NZD"),
    ("Barcelona", "Catalonia", "CT", "080##", 41.3874, 2.1686, "Europe/Madrid", "Spain ES EUR"),
    ("Bengaluru", "Karnataka", "KA", "5600##", 12.9716, 77.5946, "Asia/Kolkata", "India IN INR"),
    ("Berlin", "Berlin", "BE", "101##", 52.5200, 13.4050, "Europe/Berlin", "Germany DE EUR"),
    ("Bogota", "Bogota", "DC", "1101##", 4.7110, -74.0721, "America/Bogota", "Colombia CO COP"),
    ("Brisbane", "Queensland", "QLD", "40##", -27.4698, 153.0251, "Australia/Brisbane", "Australia AU AUD"),
    (
        "Cape Town",
        "Western Cape",
        "WC",
        "80##",
        -33.9249,
        18.4241,
        "Africa/Johannesburg",
        "South Africa ZA ZAR",
    ),
    ("Copenhagen", "Capital Region", "84", "10##", 55.6761, 12.5683, "Europe/Copenhagen", "Denmark DK DKK"),
    ("Dublin", "Leinster", "L", "D0# F2#", 53.3498, -6.2603, "Europe/Dublin", "Ireland IE EUR"),
    ("Edinburgh", "Scotland", "SCT", "EH# 1AB", 55.9533, -3.1883, "Europe/London", "United Kingdom GB GBP"),
    ("Helsinki", "Uusimaa", "18", "001##", 60.1699, 24.9384, "Europe/Helsinki", "Finland FI EUR"),
    ("Kyoto", "Kyoto", "26", "600-80##", 35.0116, 135.7681, "Asia/Tokyo", "Japan JP JPY"),
    ("Lima", "Lima", "LIM", "150##", -12.0464, -77.0428, "America/Lima", "Peru PE PEN"),
    ("Lisbon", "Lisbon", "11", "1100-0##", 38.7223, -9.1393, "Europe/Lisbon", "Portugal PT EUR"),
    ("Lyon", "Rhone-Alpes", "ARA", "6900#", 45.7640, 4.8357, "Europe/Paris", "France FR EUR"),
    ("Melbourne", "Victoria", "VIC", "30##", -37.8136, 144.9631, "Australia/Melbourne", "Australia AU AUD"),
    (
        "Mexico City",
        "Mexico City",
        "CDMX",
        "060##",
        19.4326,
        -99.1332,
        "America/Mexico_City",
        "Mexico MX MXN",
    ),
    ("Milan", "Lombardy", "25", "201##", 45.4642, 9.1900, "Europe/Rome", "Italy IT EUR"),
    ("Montreal", "Quebec", "QC", "H3A #B#", 45.5019, -73.5674, "America/Toronto", "Canada CA CAD"),
    ("Nairobi", "Nairobi", "30", "001##", -1.2921, 36.8219, "Africa/Nairobi", "Kenya KE KES"),
    ("Osaka", "Osaka", "27", "530-00##", 34.6937, 135.5023, "Asia/Tokyo", "Japan JP JPY"),
    ("Oslo", "Oslo", "03", "01##", 59.9139, 10.7522, "Europe/Oslo", "Norway NO NOK"),
    (
        "Porto Alegre",
        "Rio Grande do Sul",
        "RS",
        "900##-000",
        -30.0346,
        -51.2177,
        "America/Sao_Paulo",
        "Brazil BR BRL",
    ),
    ("Prague", "Prague", "10", "1## 00", 50.0755, 14.4378, "Europe/Prague", "Czechia CZ CZK"),
    ("Santiago", "Santiago", "RM", "83200##", -33.4489, -70.6693, "America/Santiago", "Chile CL CLP"),
    ("Seoul", "Seoul", "11", "045##", 37.5665, 126.9780, "Asia/Seoul", "South Korea KR KRW"),
    ("Singapore", "Singapore", "SG", "0186##", 1.3521, 103.8198, "Asia/Singapore", "Singapore SG SGD"),
    ("Stockholm", "Stockholm", "AB", "111 ##", 59.3293, 18.0686, "Europe/Stockholm", "Sweden SE SEK"),
    ("Toronto", "Ontario", "ON", "M5V #C#", 43.6532, -79.3832, "America/Toronto", "Canada CA CAD"),
    ("Vienna", "Vienna", "9", "10#0", 48.2082, 16.3738, "Europe/Vienna", "Austria AT EUR"),
    ("Zurich", "Zurich", "ZH", "80##", 47.3769, 8.5417, "Europe/Zurich", "Switzerland CH CHF"),
)
WORLD = (
    *(Place(*row[:7], "555", *row[7].rsplit(" ", 2)) for row in _ABROAD),
    *PLACES[::8],
)
STREETS = tuple(
    f"{name} {kind}"
    for name, kind in zip(
        words(
            "Alder Aspen Bayview Birch Bluff Canal Cedar Chestnut Church Cliff Clover Cottage Creekside",
            "Elm Fern Foundry Garden Granite Harbor Hawthorn Hickory Hillcrest Juniper Lakeview Laurel",
            "Liberty Linden Locust Magnolia Maple Market Meadow Mill Mulberry Oak Orchard Park Pearl Pine",
            "Prospect Quarry Railroad Ridge River Rosewood Sage School Spring Spruce Station Summit",
            "Sunset Sycamore Union Valley Walnut Water Willow Windmill Woodland",
        ),
        ("Street", "Avenue", "Lane", "Road", "Drive", "Court") * 10,
        strict=True,
    )
)
