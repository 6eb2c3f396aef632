"""The address book service does not exist yet; its client is tested all the same."""

from address_book import AddressBook

CONTACT = {"id": 0, "firstName": "string", "lastName": "string", "email": "string", "city": "string"}


def test_contacts_are_listed_by_last_name(mock_api):
    book = AddressBook(mock_api, shape={"contacts": [CONTACT]})

    names = [contact["lastName"] for contact in book.contacts(count=8)]

    assert len(names) == 8
    assert names == sorted(names)


def test_a_contact_keeps_what_was_sent(mock_api):
    book = AddressBook(mock_api, shape=CONTACT)

    contact = book.add(firstName="Grace", lastName="Hopper")

    assert (contact["firstName"], contact["lastName"]) == ("Grace", "Hopper")
    assert "@" in contact["email"]


def test_every_call_is_in_the_journal(mock_api):
    AddressBook(mock_api, shape=CONTACT).add(firstName="Alan")

    call = mock_api.calls[-1]

    assert (call.method, call.path, call.status) == ("POST", "/api/mock/contacts", 200)
    assert call.source == "synthetic"
