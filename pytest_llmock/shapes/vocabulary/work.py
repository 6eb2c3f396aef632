"""Companies, jobs and the words of business records."""

from typing import NamedTuple

from pytest_llmock.shapes.vocabulary.words import words


class Job(NamedTuple):
    """What somebody does, where in a company, and the yearly pay in dollars between `low` and `high`."""

    title: str
    department: str
    low: int
    high: int


JOBS = (
    Job("Software Engineer", "Engineering", 85000, 165000),
    Job("Senior Software Engineer", "Engineering", 120000, 195000),
    Job("QA Engineer", "Engineering", 70000, 120000),
    Job("DevOps Engineer", "Engineering", 95000, 165000),
    Job("Data Analyst", "Data", 62000, 108000),
    Job("Data Scientist", "Data", 95000, 170000),
    Job("Product Manager", "Product", 95000, 170000),
    Job("UX Designer", "Design", 75000, 135000),
    Job("Graphic Designer", "Design", 48000, 85000),
    Job("Marketing Manager", "Marketing", 68000, 125000),
    Job("Content Strategist", "Marketing", 55000, 95000),
    Job("Account Executive", "Sales", 58000, 120000),
    Job("Sales Representative", "Sales", 45000, 88000),
    Job("Customer Success Manager", "Customer Support", 58000, 98000),
    Job("Support Specialist", "Customer Support", 40000, 62000),
    Job("Accountant", "Finance", 56000, 92000),
    Job("Financial Analyst", "Finance", 65000, 112000),
    Job("HR Manager", "Human Resources", 66000, 115000),
    Job("Recruiter", "Human Resources", 50000, 90000),
    Job("Operations Manager", "Operations", 68000, 122000),
    Job("Project Manager", "Operations", 70000, 128000),
    Job("Logistics Coordinator", "Operations", 44000, 70000),
    Job("Legal Counsel", "Legal", 105000, 190000),
    Job("Registered Nurse", "Healthcare", 62000, 104000),
    Job("Pharmacist", "Healthcare", 98000, 142000),
    Job("Physical Therapist", "Healthcare", 70000, 105000),
    Job("Teacher", "Education", 44000, 78000),
    Job("Librarian", "Education", 46000, 74000),
    Job("Architect", "Design", 72000, 130000),
    Job("Civil Engineer", "Engineering", 70000, 122000),
    Job("Electrician", "Maintenance", 48000, 88000),
    Job("Research Scientist", "Research", 80000, 145000),
    Job("Chef", "Hospitality", 40000, 78000),
    Job("Journalist", "Editorial", 45000, 84000),
)

_COMPANY_WORDS = words(
    "Alderwood Bluepeak Brightwater Cedarline Clearbrook Copperfield Deepharbor Eastgate Evergrove",
    "Fairhaven Foxglove Goldleaf Greystone Highmark Ironbridge Keystone Lakeshore Lumenfield Maplecrest",
    "Moonridge Northlight Oakbridge Openfield Pebblebrook Quietwater Redwood Rivermark Sandhill Seabright",
    "Silverlake Stonebridge Summitline Sunfield Thornbury Truenorth Vantagepoint Westbrook Whitefield",
    "Wildmere Windhaven",
)
_COMPANY_KINDS = (
    ("Labs", "Biotechnology"),
    ("Systems", "Information Technology"),
    ("Foods", "Food & Beverage"),
    ("Logistics", "Logistics"),
    ("Media", "Media"),
    ("Energy", "Energy"),
    ("Health", "Healthcare"),
    ("Partners", "Consulting"),
    ("Capital", "Financial Services"),
    ("Robotics", "Manufacturing"),
    ("Outfitters", "Retail"),
    ("Learning", "Education"),
)


class Company(NamedTuple):
    """A company and what it does."""

    name: str
    industry: str


COMPANIES = tuple(
    Company(f"{word} {suffix}", industry)
    for index, word in enumerate(_COMPANY_WORDS)
    for suffix, industry in (
        _COMPANY_KINDS[index % 12],
        _COMPANY_KINDS[(index + 5) % 12],
        _COMPANY_KINDS[(index + 7) % 12],
    )
)
TEAMS = ("Platform", "Growth", "Payments", "Mobile", "Insights", "Infrastructure", "Onboarding", "Search")
ROLES = ("user", "user", "editor", "admin", "viewer", "manager")
SENIORITIES = ("junior", "mid", "senior", "lead", "principal")
EMPLOYMENT = ("full-time", "part-time", "contract", "internship")
SKILLS = (
    "Python",
    "SQL",
    "project management",
    "data analysis",
    "JavaScript",
    "public speaking",
    "negotiation",
    "Docker",
    "technical writing",
    "UX research",
    "Excel",
    "leadership",
    "Kubernetes",
    "copywriting",
    "accounting",
    "Go",
)
PERMISSIONS = ("read", "write", "delete", "export", "invite", "billing", "audit")
PAYMENT_METHODS = ("credit_card", "paypal", "bank_transfer", "apple_pay", "debit_card")
CARD_BRANDS = ("Visa", "Mastercard", "American Express", "Discover")
SHIPPING_METHODS = ("standard", "express", "overnight", "pickup")
CHANNELS = ("email", "sms", "phone", "push", "mail")
SOURCES = ("web", "mobile", "referral", "newsletter", "partner", "store")
TIERS = ("free", "basic", "premium", "enterprise")
PRIORITIES = ("low", "medium", "high", "urgent")
SEVERITIES = ("info", "warning", "minor", "major", "critical")
FREQUENCIES = ("daily", "weekly", "monthly", "quarterly", "yearly")
SENTIMENTS = ("positive", "positive", "neutral", "negative")
LEVELS = ("beginner", "intermediate", "advanced", "expert")
BANKS = ("First Harbor Bank", "Cedar Savings", "Lakeside Credit Union", "Granite Trust")
STATUSES = {
    "order": ("pending", "processing", "shipped", "delivered", "delivered", "cancelled"),
    "invoice": ("draft", "sent", "paid", "paid", "overdue"),
    "payment": ("pending", "completed", "completed", "failed", "refunded"),
    "task": ("todo", "in_progress", "in_review", "done", "blocked"),
    "ticket": ("open", "in_progress", "waiting", "resolved", "closed"),
    "post": ("draft", "published", "published", "archived"),
    "event": ("scheduled", "scheduled", "confirmed", "cancelled", "completed"),
    "shipment": ("label_created", "in_transit", "out_for_delivery", "delivered"),
    "person": ("active", "active", "active", "inactive", "suspended"),
    "product": ("active", "active", "draft", "discontinued"),
    "": ("active", "active", "pending", "inactive"),
}
TYPES = {
    "event": ("conference", "workshop", "meetup", "webinar"),
    "payment": ("charge", "refund", "transfer"),
    "account": ("checking", "savings", "business"),
    "address": ("home", "work", "billing", "shipping"),
    "notification": ("info", "reminder", "alert"),
    "person": ("individual", "business"),
    "": ("standard", "basic", "custom", "premium"),
}
