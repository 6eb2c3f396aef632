"""Nothing is lost: a record is migrated, maybe with a warning, or it stands among the failed with its error."""

from crm_migration import CUSTOMER, migrate_all

ADA = {
    "ID": 7,
    "FIRST_NAME": "Ada",
    "LAST_NAME": "King",
    "EMAIL": "ada.king@example.org",
    "PHONE": "+44 20 7946 0000",
    "CITY": "London",
    "IMPORTANCE": "critical",
}
BO = {"ID": 8, "FIRST_NAME": "Bo", "LAST_NAME": "Lind", "EMAIL": "bo.lind@example.org", "IMPORTANCE": "low"}
CY = {
    "ID": 9,
    "FIRST_NAME": "Cy",
    "LAST_NAME": "Young",
    "EMAIL": "cy.young@example.org",
}  # of no importance at all
DI = {**ADA, "ID": -1, "FIRST_NAME": "Di"}


def asked(llmock):
    return [call.path for call in llmock.calls]


def test_a_complete_record_is_moved_and_checked(pipeline, llmock):
    moved = {
        "id": 7,
        "firstName": "Ada",
        "lastName": "King",
        "email": "ada.king@example.org",
        "phone": "+44 20 7946 0000",
        "city": "London",
    }

    assert migrate_all(pipeline, [ADA]) == {"migrated": [moved], "failed": [], "warnings": []}
    assert asked(llmock) == ["/transform", "/validate"]


def test_what_is_missing_is_filled_in(pipeline, llmock):
    [customer] = migrate_all(pipeline, [BO])["migrated"]

    assert (customer["id"], customer["email"]) == (8, "bo.lind@example.org")
    assert customer.keys() == CUSTOMER.keys()
    assert asked(llmock) == ["/transform", "/enrich"]


def test_a_failure_and_a_warning_stop_nobody(pipeline):
    done = migrate_all(pipeline, [CY, DI, BO, ADA])

    assert [customer["firstName"] for customer in done["migrated"]] == ["Di", "Bo", "Ada"]
    assert [failure["originalId"] for failure in done["failed"]] == [9]
    assert "KeyError: 'IMPORTANCE'" in done["failed"][0]["error"]
    assert [warning["originalId"] for warning in done["warnings"]] == [-1]
