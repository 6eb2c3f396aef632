"""Things that are sold: each row fits together, so that name, category, price, material and size agree."""

from typing import NamedTuple

from pytest_llmock.shapes.vocabulary.words import words


class Product(NamedTuple):
    """A thing one can buy: price from `low` to `high` dollars, `size` in inches, `weight` in ounces."""

    name: str
    category: str
    subcategory: str
    material: str
    low: int
    high: int
    size: tuple[float, float, float]
    weight: float
    tags: tuple[str, ...]


def _rows(category: str, subcategory: str, tags: str, *rows: tuple[object, ...]) -> tuple[Product, ...]:
    """Products of one subcategory, written as (name, material, low, high, size, weight)."""
    found = words(tags)
    return tuple(
        Product(
            str(name),
            category,
            subcategory,
            str(material),
            int(str(low)),
            int(str(high)),
            _size(str(size)),
            float(str(weight)),
            found,
        )
        for name, material, low, high, size, weight in rows
    )


def _size(text: str) -> tuple[float, float, float]:
    length, width, height = (float(part) for part in text.split("x"))
    return length, width, height


PRODUCTS = (
    *_rows(
        "Electronics",
        "Computer Peripherals",
        "wireless ergonomic office portable productivity usb",
        ("Wireless Mouse", "ABS plastic", 18, 60, "4.7x2.5x1.6", 3.2),
        ("Mechanical Keyboard", "Aluminum", 60, 180, "14.2x5.1x1.4", 33.5),
        ("Laptop Stand", "Aluminum", 25, 80, "10.2x8.7x5.9", 29.0),
        ("USB-C Hub", "Aluminum", 20, 90, "4.5x1.9x0.6", 3.9),
        ("Webcam", "Polycarbonate", 35, 140, "3.7x1.7x2.8", 5.7),
        ("Monitor Arm", "Steel", 45, 160, "16.5x5.3x4.2", 92.0),
    ),
    *_rows(
        "Electronics",
        "Audio",
        "bluetooth wireless portable sound rechargeable travel",
        ("Bluetooth Speaker", "Silicone", 30, 150, "7.0x2.8x2.8", 19.0),
        ("Noise-Canceling Headphones", "Polycarbonate", 80, 350, "7.3x6.9x3.1", 8.9),
        ("Wireless Earbuds", "ABS plastic", 35, 200, "2.4x1.9x1.1", 1.8),
        ("Studio Microphone", "Steel", 70, 220, "6.8x2.1x2.1", 17.6),
    ),
    *_rows(
        "Electronics",
        "Wearables",
        "fitness smart waterproof health sport",
        ("Fitness Tracker", "Silicone", 40, 150, "1.8x0.8x0.5", 0.9),
        ("Smart Watch", "Titanium", 120, 420, "1.8x1.5x0.4", 1.8),
    ),
    *_rows(
        "Home & Kitchen",
        "Cookware",
        "kitchen durable dishwasher-safe cooking everyday",
        ("Cast Iron Skillet", "Cast iron", 25, 75, "16.1x10.5x2.0", 86.0),
        ("Chef's Knife", "Stainless steel", 35, 160, "13.0x2.0x1.0", 7.4),
        ("Dutch Oven", "Enameled iron", 60, 240, "12.6x10.2x6.9", 188.0),
        ("Mixing Bowl Set", "Stainless steel", 22, 60, "10.9x10.9x5.0", 42.0),
    ),
    *_rows(
        "Home & Kitchen",
        "Small Appliances",
        "kitchen compact energy-saving quick easy-clean",
        ("Coffee Grinder", "Stainless steel", 30, 140, "7.1x4.0x3.5", 38.0),
        ("Electric Kettle", "Glass", 28, 95, "9.1x8.5x6.2", 41.0),
        ("Toaster", "Stainless steel", 25, 110, "11.3x7.2x7.4", 62.0),
        ("Hand Blender", "Stainless steel", 30, 100, "15.7x2.6x2.6", 30.0),
    ),
    *_rows(
        "Home & Kitchen",
        "Bedding",
        "soft breathable cotton bedroom washable",
        ("Linen Duvet Cover", "Linen", 60, 190, "13.0x10.0x3.0", 61.0),
        ("Memory Foam Pillow", "Memory foam", 28, 85, "24.0x16.0x5.0", 45.0),
        ("Wool Throw Blanket", "Merino wool", 50, 170, "14.0x11.0x4.0", 48.0),
    ),
    *_rows(
        "Furniture",
        "Office Furniture",
        "office ergonomic adjustable modern workspace",
        ("Standing Desk", "Bamboo", 240, 720, "55.0x28.0x48.0", 1120.0),
        ("Ergonomic Chair", "Mesh", 150, 560, "26.0x26.0x44.0", 640.0),
        ("Bookshelf", "Oak", 90, 320, "31.5x11.8x71.0", 880.0),
    ),
    *_rows(
        "Furniture",
        "Lighting",
        "led dimmable modern warm energy-saving",
        ("Desk Lamp", "Aluminum", 25, 110, "17.0x6.5x16.0", 44.0),
        ("Floor Lamp", "Brass", 60, 210, "11.0x11.0x62.0", 168.0),
    ),
    *_rows(
        "Sports & Outdoors",
        "Camping",
        "outdoor lightweight waterproof hiking compact",
        ("Two-Person Tent", "Ripstop nylon", 90, 320, "18.0x6.0x6.0", 74.0),
        ("Sleeping Bag", "Down", 70, 290, "15.0x8.5x8.5", 42.0),
        ("Camping Stove", "Aluminum", 30, 120, "13.2x11.4x4.2", 68.0),
        ("Insulated Water Bottle", "Stainless steel", 18, 48, "10.5x2.9x2.9", 12.8),
        ("Hiking Backpack", "Ripstop nylon", 65, 240, "24.0x13.0x9.0", 51.0),
    ),
    *_rows(
        "Sports & Outdoors",
        "Fitness",
        "training home-gym non-slip durable strength",
        ("Yoga Mat", "Natural rubber", 25, 90, "71.0x26.0x0.2", 84.0),
        ("Kettlebell", "Cast iron", 28, 95, "8.5x5.5x10.0", 420.0),
        ("Resistance Band Set", "Latex", 15, 45, "9.0x6.0x2.0", 22.0),
        ("Jump Rope", "PVC", 10, 32, "7.5x4.0x2.0", 6.5),
    ),
    *_rows(
        "Clothing",
        "Outerwear",
        "waterproof warm unisex casual winter",
        ("Rain Jacket", "Recycled polyester", 60, 210, "13.0x11.0x3.0", 17.0),
        ("Fleece Pullover", "Recycled polyester", 45, 130, "13.0x11.0x3.0", 14.5),
        ("Down Vest", "Down", 70, 190, "13.0x10.0x4.0", 12.0),
    ),
    *_rows(
        "Clothing",
        "Footwear",
        "comfortable lightweight casual breathable grip",
        ("Trail Running Shoes", "Mesh", 80, 180, "12.5x8.0x4.7", 21.0),
        ("Leather Boots", "Leather", 110, 290, "13.5x10.0x5.0", 52.0),
        ("Canvas Sneakers", "Canvas", 40, 95, "12.2x7.8x4.5", 25.0),
    ),
    *_rows(
        "Beauty & Health",
        "Skin Care",
        "gentle vegan natural fragrance-free daily",
        ("Hydrating Face Cream", "Glass jar", 16, 58, "2.7x2.7x2.1", 5.1),
        ("Mineral Sunscreen", "Recycled plastic", 12, 38, "6.2x2.1x1.4", 3.6),
        ("Lavender Body Lotion", "Recycled plastic", 9, 30, "7.4x2.6x1.7", 9.2),
    ),
    *_rows(
        "Toys & Games",
        "Board Games",
        "family strategy party kids indoor",
        ("Harbor Builders Board Game", "Cardboard", 22, 65, "11.7x11.7x2.8", 54.0),
        ("Wooden Puzzle Set", "Birch wood", 15, 48, "11.8x8.9x1.2", 27.0),
        ("Building Block Kit", "Birch wood", 25, 80, "13.0x9.5x3.5", 71.0),
    ),
    *_rows(
        "Office Supplies",
        "Stationery",
        "office writing paper school planning",
        ("Dotted Notebook", "Recycled paper", 9, 26, "8.3x5.8x0.6", 11.0),
        ("Fountain Pen", "Brass", 18, 90, "5.5x0.5x0.5", 0.9),
        ("Desk Organizer", "Bamboo", 16, 52, "12.0x8.0x5.5", 39.0),
    ),
    *_rows(
        "Garden",
        "Garden Tools",
        "garden outdoor durable weatherproof handmade",
        ("Pruning Shears", "Carbon steel", 15, 55, "8.5x2.2x0.8", 9.4),
        ("Ceramic Planter", "Ceramic", 18, 70, "8.0x8.0x7.2", 63.0),
        ("Watering Can", "Galvanized steel", 20, 60, "14.0x6.5x11.0", 35.0),
    ),
    *_rows(
        "Grocery",
        "Pantry",
        "organic vegan fair-trade gluten-free snack",
        ("Organic Coffee Beans", "Kraft paper", 11, 28, "9.0x4.5x2.8", 12.0),
        ("Wildflower Honey", "Glass jar", 8, 22, "5.1x2.8x2.8", 16.0),
        ("Almond Granola", "Kraft paper", 6, 15, "9.5x6.0x2.5", 13.0),
    ),
)
PREFIXES = (
    "",
    "Compact ",
    "Classic ",
    "Premium ",
    "Everyday ",
    "Modern ",
    "Deluxe ",
    "Eco ",
    "Essential ",
    "Signature ",
)
BRANDS = words(
    "Aldermoor Brightfen Calloway Corvane Driftline Elmhurst Fernhill Glenrock Harrowgate Ironleaf",
    "Juniperus Kestrelle Larkspur Millbrook Northpine Oakhaven Pinecrest Quillon Riverstone Silverfern",
    "Tidewell Umbra Valecrest Westerly Yarrow",
)
COLORS = words("black white gray navy red green blue teal olive charcoal ivory sand coral burgundy amber")
SIZES = ("XS", "S", "M", "L", "XL")
UNITS = ("piece", "box", "pack", "set", "pair")
WAREHOUSES = ("US-WEST-1", "US-WEST-2", "US-EAST-1", "US-EAST-2", "US-CENTRAL-1", "EU-WEST-1", "EU-NORTH-1")
CARRIERS = ("UPS", "FedEx", "USPS", "DHL")
CONDITIONS = ("new", "like new", "refurbished", "used")
AVAILABILITY = ("in stock", "in stock", "low stock", "backorder")
CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD")
CONNECTIVITY = ("Bluetooth 5.3", "2.4GHz USB receiver", "USB-C", "Wi-Fi 6")
BATTERIES = ("2 AA batteries", "Rechargeable lithium-ion", "500 mAh lithium polymer", "1 AAA battery")
WARRANTIES = ("1 year limited", "2 years limited", "3 years", "90 days", "lifetime")
