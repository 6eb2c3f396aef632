"""Short sensible sentences; `{…}` stands for what the neighbours of the field say."""

from pytest_llmock.shapes.vocabulary.words import words

PRODUCT_TEXTS = (
    "{product} made of {material}, built for everyday use.",
    "{product} with a clean design and a comfortable feel.",
    "{product} combining sturdy {material} with careful workmanship.",
    "{product} for everyday life at home, made to last for years.",
    "Customers choose the {product} for quality and a fair price.",
    "{product} in {color}, easy to use and easy to clean.",
)
PERSON_TEXTS = (
    "{job} based in {city} who enjoys {interest} and {other}.",
    "{first} works as {a_job} and spends weekends on {interest}.",
    "{job} from {city} with a soft spot for {interest}.",
    "{first} has lived in {city} for years and loves {interest}.",
)
COMPANY_TEXTS = (
    "{company} is a {industry} company based in {city}.",
    "{company} helps customers in {industry} work faster and with less effort.",
    "Founded in {city}, {company} serves clients in {industry}.",
)
REVIEW_TEXTS = (
    "Exactly what I was looking for. The {product} arrived on time and in perfect condition.",
    "Good quality for the price. I would buy the {product} again.",
    "The quality of the {product} is even better than in the pictures.",
    "I have used it for a month now and have nothing to complain about.",
    "Does the job. Setup took five minutes and the instructions were clear.",
    "Better than expected, although the color is slightly darker than shown.",
)
COMMENT_TEXTS = (
    "Thanks for sharing, this was very helpful.",
    "I had the same question and this answered it.",
    "Great write-up. Could you add an example for beginners?",
    "We tried this last week and it worked well for our team.",
    "Interesting point, I had not looked at it that way.",
    "Looking forward to the next part.",
)
MESSAGE_TEXTS = (
    "Your order is on its way and should arrive within three days.",
    "Please confirm your e-mail address to finish the setup.",
    "The meeting has moved to Thursday at ten.",
    "Your monthly report is ready to view.",
    "We have received your request and will answer within one working day.",
    "A new sign-in to your account was confirmed.",
)
PLAIN_TEXTS = (
    "A short overview of the main points and the next steps.",
    "Covers the essentials in plain language, with a practical example.",
    "Prepared by the team as a basis for the next discussion.",
    "Keeps the most important facts in one place.",
    "Reviewed last quarter and updated with recent figures.",
    "Written for people who are new to the topic.",
    "Includes everything needed to get started.",
    "Agreed with all departments and ready to use.",
)
NOTE_TEXTS = (
    "Please leave the parcel at the front desk.",
    "Call before delivery.",
    "Prefers contact by e-mail.",
    "Follow up next week.",
    "Checked twice, all fine.",
    "Handle with care.",
)
TASK_TEXTS = (
    "Prepare the quarterly report",
    "Update the onboarding guide",
    "Fix the login redirect",
    "Review the supplier contract",
    "Plan the spring release",
    "Clean up old test accounts",
    "Write tests for the checkout",
    "Draft the customer newsletter",
    "Order new office chairs",
    "Schedule the design review",
)
POST_TITLES = (
    "Ten Habits That Make Remote Work Easier",
    "A Beginner's Guide to Container Gardening",
    "What We Learned From Our First Thousand Customers",
    "How to Plan a Weekend in the Mountains",
    "Five Simple Dinners for Busy Evenings",
    "Why Small Teams Ship Faster",
    "Getting Started With Home Composting",
    "The Quiet Comeback of Paper Notebooks",
    "Understanding Your Energy Bill",
    "Lessons From a Year of Weekly Reviews",
)
BOOK_TITLES = (
    "The Lighthouse Ledger",
    "A Map of Small Rivers",
    "Winter at Harrow Point",
    "The Clockmaker's Garden",
    "Letters From the Salt Road",
    "An Orchard in the Rain",
    "The Last Ferry Home",
    "Paper Boats",
)
EVENT_TITLES = (
    "Regional Data Summit",
    "Spring Product Launch",
    "Community Open Day",
    "Design Systems Workshop",
    "Autumn Charity Run",
    "Founders Breakfast",
    "Customer Advisory Meeting",
    "Open Source Meetup",
)
SONG_TITLES = ("Paper Lanterns", "Blue Hour", "Slow Train South", "Northern Window", "Copper Sky")
QUESTIONS = (
    "How do I change my delivery address?",
    "Which plan fits a team of ten?",
    "Can I export my data at any time?",
    "How long does shipping take?",
    "What happens when my trial ends?",
)
ADJECTIVES = words(
    "Amber Bright Calm Clear Copper Crisp Early Gentle Golden Green Grand Hidden Ivory Lively Mellow",
    "Northern Open Quiet Rapid Silver Solar Steady Swift Velvet Vivid",
)
NOUNS = words(
    "Anchor Atlas Beacon Bridge Canyon Cedar Comet Compass Delta Ember Falcon Garden Harbor Horizon",
    "Lantern Meadow Mosaic Orbit Pebble Pioneer Prairie Summit Timber Valley Willow",
)
PLAIN_WORDS = words(
    "alpha anchor apple arrow basket beacon birch bridge canvas cedar circle cloud copper coral crystal",
    "delta ember falcon feather forest garden glacier harbor hazel horizon island ivory jasper juniper",
    "kettle lantern lemon linen maple marble meadow mint mosaic nectar oak ocean olive orbit orchid pearl",
    "pebble pine prairie quartz rain raven ridge river saffron sage shell silver spruce stone summer",
    "sunset thistle timber topaz valley velvet violet walnut willow winter",
)
TAGS = words(
    "featured new popular seasonal sale archive internal priority review draft verified team planning",
    "research support release local weekly guide howto",
)
CATEGORIES = ("General", "News", "Guides", "Technology", "Business", "Lifestyle", "Health", "Travel")
GENRES = ("Drama", "Comedy", "Mystery", "Science Fiction", "Documentary", "Adventure", "Jazz", "Folk")
CUISINES = ("Italian", "Mexican", "Thai", "Indian", "Japanese", "Greek", "Lebanese")
INGREDIENTS = (
    "flour",
    "olive oil",
    "garlic",
    "tomatoes",
    "basil",
    "butter",
    "eggs",
    "rice",
    "onion",
    "lemon",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = words("January February March April May June July August September October November December")
WEATHER = ("sunny", "partly cloudy", "cloudy", "light rain", "windy", "clear")
