"""instructor, over openai: structured output by tools. It has nothing else."""

import instructor
import openai
from instructor.core import InstructorRetryException
from task import MESSAGES, PATIENCE_S, Place, Ticket

ENVIRONMENTS = ("clients-openai2",)
TIMEOUT = (openai.APITimeoutError, InstructorRetryException)


def ask(**options):
    sdk = instructor.from_openai(openai.OpenAI(**{"max_retries": 0, **options}))
    return sdk.chat.completions.create(model="gpt-5", messages=MESSAGES, response_model=Ticket, max_retries=1)


def structured(place: Place):
    return ask()


def patient(place: Place):
    return ask(max_retries=1).model_dump_json()


def impatient(place: Place):
    return ask(timeout=PATIENCE_S)
