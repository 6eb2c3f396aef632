"""The names of numbers and flags, and the nouns of owners; `shapes.fields` says how they are read.

Names are written without case and separators: `zipcode` is `zipCode`, `zip_code` and `ZIP-Code`.
"""

from collections.abc import Mapping

from pytest_llmock.shapes.vocabulary.words import index

NUMBERS = index(
    {
        "age": "age ageyears",
        "price": "price unitprice saleprice currentprice sellingprice finalprice cost costs",
        "msrp": "msrp rrp listprice originalprice regularprice retailprice fullprice recommendedprice",
        "discount": "discount discountpercent discountpercentage percentoff discountrate",
        "quantity": "quantity qty stock stockquantity stocklevel onhand inventory inventorycount "
        "availablequantity "
        "quantityonhand",
        "subtotal": "subtotal nettotal netamount",
        "tax": "tax taxamount vatamount salestax",
        "shipping": "shippingcost shippingfee deliveryfee freight",
        "total": "total totalamount grandtotal totalprice amount amountdue totalcost ordertotal",
        "rating": "rating ratings stars averagerating avgrating",
        "income": "income annualincome salary annualsalary wage compensation basesalary householdincome",
        "latitude": "latitude lat",
        "longitude": "longitude lng lon long",
        "birth_year": "birthyear yearofbirth",
        "position": "index rank ordinal sortorder sequence displayorder",
        "zip_number": "zip zipcode postalcode postcode",
    }
)
# Kinds of number that need nothing but a range: name → (lowest, highest, decimals).
RANGES: Mapping[str, tuple[float, float, int]] = {
    name: bounds
    for names, bounds in {
        "percent percentage pct progress completion humidity utilization": (0, 100, 1),
        "rate taxrate interestrate growthrate ratio": (0.5, 12, 2),
        "score points": (40, 99, 1),
        "probability confidence similarity relevance weightage": (0.5, 0.99, 2),
        "year modelyear yearbuilt releaseyear": (2005, 2025, 0),
        "founded foundedyear yearfounded": (1950, 2020, 0),
        "month": (1, 12, 0),
        "day": (1, 28, 0),
        "hour": (0, 23, 0),
        "minute second": (0, 59, 0),
        "weight": (0.2, 25, 1),
        "height width length depth": (5, 120, 1),
        "temperature": (-5, 32, 1),
        "pressure": (985, 1035, 1),
        "speed": (5, 120, 1),
        "distance": (1, 250, 1),
        "elevation altitude": (10, 1800, 0),
        "area squarefeet sqft": (400, 3600, 0),
        "bedrooms": (1, 5, 0),
        "bathrooms": (1, 3, 0),
        "balance accountbalance credit creditlimit budget revenue": (100, 9000, 2),
        "fee tip deposit": (1, 40, 2),
        "days estimateddays leadtime deliverydays shippingdays": (1, 10, 0),
        "hours": (1, 40, 0),
        "minutes duration runtime preptime cooktime": (5, 120, 0),
        "seconds timeout": (1, 60, 0),
        "ms milliseconds latency responsetime": (8, 900, 0),
        "views viewcount pageviews impressions downloads plays": (50, 25000, 0),
        "likes likecount upvotes shares retweets favorites": (0, 900, 0),
        "followers followercount following subscribers": (10, 5000, 0),
        "comments commentcount reviews reviewcount ratingcount replies": (0, 240, 0),
        "employees employeecount headcount companysize": (5, 4000, 0),
        "population": (4000, 900000, 0),
        "children dependents siblings": (0, 4, 0),
        "experience yearsofexperience experienceyears tenure": (1, 25, 0),
        "count itemcount orders ordercount visits logins attempts": (1, 60, 0),
        "loyaltypoints rewardpoints": (50, 5000, 0),
        "capacity seats attendees guests": (10, 300, 0),
        "pages pagecount": (80, 640, 0),
        "calories": (120, 850, 0),
        "servings": (1, 8, 0),
        "size bytes filesize": (1200, 900000, 0),
        "port": (1024, 49151, 0),
        "statuscode httpstatus": (200, 200, 0),
        "priority level importance severity": (1, 5, 0),
        "dpi": (800, 3200, 0),
        "version revision": (1, 9, 0),
        "page currentpage": (1, 1, 0),
        "iq": (85, 130, 0),
    }.items()
    for name in names.split()
}
NUMBERS.update({name: f"range:{name}" for name in RANGES if name not in NUMBERS})
# How likely a flag is set, by its last words without is, has, can …; inStock is decided by the quantity.
FLAGS: Mapping[str, float] = {
    name: odds
    for names, odds in {
        "active enabled verified available visible public success ok valid passed approved confirmed "
        "published "
        "paid complete completed online accepted consent optin subscribed newsletter notifications open "
        "emailverified phoneverified identityverified agreed current allowed required": 0.85,
        "deleted archived blocked banned locked hidden expired error failed suspended disabled draft private "
        "flagged spam cancelled canceled returned refunded discontinued test internal overdue": 0.1,
    }.items()
    for name in names.split()
}
STOCK_FLAGS = frozenset({"instock", "stocked", "soldout", "outofstock"})
FLAG_OPENERS = frozenset({"is", "has", "can", "was", "should", "are", "does"})
# Words that mean something only beside their owner, by the owner's domain; "" is any other owner.
CONTEXT: Mapping[str, Mapping[str, str]] = {
    "name": {
        "person": "full_name",
        "product": "product",
        "company": "company",
        "place": "city",
        "file": "file_name",
        "event": "event_title",
        "task": "task",
        "post": "post_title",
        "book": "book_title",
        "song": "song_title",
        "category": "category_word",
        "tag": "tag",
        "country": "country",
        "": "thing",
    },
    "title": {
        "person": "job",
        "product": "product",
        "event": "event_title",
        "task": "task",
        "ticket": "task",
        "book": "book_title",
        "song": "song_title",
        "company": "company",
        "": "post_title",
    },
    "status": {"": "status"},
    "state": {"order": "status", "task": "status", "ticket": "status", "payment": "status", "": "state"},
    "type": {"": "type"},
    "kind": {"": "type"},
    "number": {"order": "order_number", "invoice": "invoice_number", "person": "phone", "": "reference"},
    "code": {"country": "country_code", "product": "sku", "": "code"},
    "first": {"person": "first_name", "": ""},
    "last": {"person": "last_name", "": ""},
    "middle": {"person": "middle_name", "": ""},
    "value": {"": ""},
    "zone": {"": "timezone"},
    "group": {"": "tag"},
}
DOMAINS = index(
    {
        "person": "user customer person people employee author member contact patient student teacher guest "
        "subscriber profile account owner assignee creator reviewer speaker instructor artist director actor "
        "recipient sender applicant candidate attendee participant driver doctor buyer seller agent friend "
        "follower reporter player passenger staff worker tenant parent child creditor admin leader host "
        "demographics",
        "product": "product item good article listing inventory pricing catalog cart offer merchandise "
        "lineitem "
        "spec stock",
        "company": "company organization organisation vendor supplier merchant employer brand business "
        "client "
        "partner store shop publisher manufacturer institution agency",
        "place": "city place town location venue destination",
        "country": "country",
        "order": "order purchase checkout",
        "invoice": "invoice bill receipt quote",
        "payment": "payment transaction charge refund transfer payout",
        "task": "task todo job project milestone step",
        "ticket": "ticket issue bug case incident",
        "post": "post article blog news page story",
        "comment": "comment reply",
        "review": "review feedback rating testimonial",
        "event": "event meeting conference appointment workshop webinar",
        "shipment": "shipment delivery parcel package",
        "file": "file document attachment image photo",
        "book": "book",
        "song": "song track album",
        "category": "category department genre",
        "tag": "tag label skill",
        "notification": "notification alert",
        "address": "address",
    }
)
