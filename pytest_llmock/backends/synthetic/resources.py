"""What the records of well-known resources look like, for requests that bring no shape."""

from collections.abc import Mapping

from pytest_llmock.llm import JSON

_DATE = "ISO-8601"

GENERAL: Mapping[str, JSON] = {
    "id": 0,
    "name": "string",
    "description": "string",
    "status": "active|inactive|pending",
    "createdAt": _DATE,
}
_PERSON: Mapping[str, JSON] = {
    "id": 0,
    "firstName": "string",
    "lastName": "string",
    "email": "string",
    "phone": "string",
    "city": "string",
    "isActive": True,
    "createdAt": _DATE,
}
_PRODUCT: Mapping[str, JSON] = {
    "id": 0,
    "sku": "string",
    "name": "string",
    "category": "string",
    "description": "string",
    "price": 0.0,
    "currency": "USD",
    "inStock": True,
    "quantity": 0,
}
_ORDER: Mapping[str, JSON] = {
    "id": 0,
    "orderNumber": "string",
    "customerName": "string",
    "status": "pending|paid|shipped|delivered|cancelled",
    "items": [{"sku": "string", "name": "string", "quantity": 0, "price": 0.0}],
    "total": 0.0,
    "currency": "USD",
    "createdAt": _DATE,
}
_POST: Mapping[str, JSON] = {
    "id": 0,
    "title": "string",
    "body": "string",
    "author": "string",
    "tags": ["string"],
    "publishedAt": _DATE,
}
_COMMENT: Mapping[str, JSON] = {"id": 0, "author": "string", "comment": "string", "createdAt": _DATE}
_REVIEW: Mapping[str, JSON] = {
    "id": 0,
    "productName": "string",
    "rating": 0,
    "title": "string",
    "review": "string",
    "author": "string",
    "createdAt": _DATE,
}
_COMPANY: Mapping[str, JSON] = {
    "id": 0,
    "companyName": "string",
    "industry": "string",
    "website": "string",
    "phone": "string",
    "city": "string",
    "employees": 0,
}
_EVENT: Mapping[str, JSON] = {
    "id": 0,
    "title": "string",
    "description": "string",
    "city": "string",
    "startDate": _DATE,
    "endDate": _DATE,
}
_TASK: Mapping[str, JSON] = {
    "id": 0,
    "title": "string",
    "status": "todo|in progress|done",
    "priority": "low|normal|high",
    "assignee": "string",
    "dueDate": _DATE,
}
_INVOICE: Mapping[str, JSON] = {
    "id": 0,
    "invoiceNumber": "string",
    "customerName": "string",
    "subtotal": 0.0,
    "tax": 0.0,
    "total": 0.0,
    "currency": "USD",
    "status": "draft|sent|paid|overdue",
    "issuedAt": _DATE,
    "dueDate": _DATE,
}
_ADDRESS: Mapping[str, JSON] = {
    "id": 0,
    "street": "string",
    "city": "string",
    "state": "string",
    "zipCode": "string",
    "country": "string",
}
_BOOK: Mapping[str, JSON] = {
    "id": 0,
    "title": "string",
    "author": "string",
    "isbn": "string",
    "pages": 0,
    "publishedAt": _DATE,
}

RESOURCES: Mapping[str, Mapping[str, JSON]] = {
    **dict.fromkeys(("user", "customer", "member", "person", "contact", "employee", "author"), _PERSON),
    **dict.fromkeys(("account", "profile", "student", "patient", "client", "subscriber"), _PERSON),
    **dict.fromkeys(("product", "item", "article", "good"), _PRODUCT),
    **dict.fromkeys(("order", "purchase", "cart"), _ORDER),
    **dict.fromkeys(("post", "story", "page"), _POST),
    **dict.fromkeys(("comment", "reply", "message", "note"), _COMMENT),
    **dict.fromkeys(("review", "rating", "feedback"), _REVIEW),
    **dict.fromkeys(("company", "organization", "organisation", "vendor", "supplier"), _COMPANY),
    **dict.fromkeys(("event", "meeting", "appointment", "booking"), _EVENT),
    **dict.fromkeys(("task", "todo", "ticket", "issue"), _TASK),
    **dict.fromkeys(("invoice", "bill", "payment"), _INVOICE),
    **dict.fromkeys(("address", "location", "place"), _ADDRESS),
    **dict.fromkeys(("book", "publication"), _BOOK),
}
