"""Names of people; the first half of `FIRST_NAMES` are women's, the second men's."""

from pytest_llmock.shapes.vocabulary.words import words

WOMEN = words(
    "Abigail Ada Agnes Aisha Alice Alma Amara Amelia Ana Anika Astrid Audrey Beatrice Bianca Bridget",
    "Camila Carla Carmen Celeste Chiara Chloe Clara Claudia Dana Daphne Delia Diana Edith Elena Eliza",
    "Emma Esther Eva Fatima Fiona Flora Freya Gemma Grace Greta Hana Harriet Hazel Helen Ida Imani Ines",
    "Ingrid Irene Iris Isabel Ivy Jade Jana Joanna Josephine Judith Julia June Kamala Karin Keiko Laila",
    "Laura Leah Lena Lillian Linda Lucia Lydia Maeve Marta Maya Mei Mina Miriam Naomi Nina Nora Olive",
    "Paula",
)
MEN = words(
    "Aaron Adam Adrian Akira Alan Albert Amir Andre Anton Arthur Ben Boris Bruno Caleb Carlos Cedric",
    "Colin Conrad Damian Daniel David Diego Dmitri Dominic Edgar Elias Emil Enzo Eric Ethan Felix Finn",
    "Francis Frank Gabriel George Gordon Gustav Harold Hassan Hector Henry Hugo Ian Ibrahim Isaac Ivan",
    "Jack Jacob James Javier Joel Jonas Joseph Julian Kai Karl Keith Kofi Lars Leo Liam Louis Luca Malik",
    "Marcus Mateo Max Milan Nathan Nils Noah Omar Oscar Owen Pablo Paul Pedro Rafael Ravi Samuel",
)
FIRST_NAMES = (*WOMEN, *MEN)
LAST_NAMES = words(
    "Abbott Adler Ahmed Almeida Andersen Archer Bailey Baker Barnes Becker Bell Bennett Berger Bianchi",
    "Blake Bowen Brandt Brooks Bryant Burke Calder Campbell Carter Castillo Chan Chen Clarke Cohen Cole",
    "Conway Costa Cruz Dalton Davies Dean Delgado Diaz Doyle Drake Dubois Duncan Eaton Edwards Ellis",
    "Erikson Evans Farrell Fischer Fletcher Flores Ford Foster Frost Fuchs Garcia Gibson Gomez Grant Gray",
    "Green Gupta Hale Hansen Harper Hayes Henderson Hill Hoffman Holt Hughes Hunt Ibarra Ito Jackson",
    "Jansen Jensen Johnson Jones Kaplan Kaur Keller Kelly Khan Kim Klein Kovac Kumar Lambert Lang Larsen",
    "Lee Leroy Lewis Lin Lopez Lowe Lund Marino Marsh Martin Mason Meyer Miller Mills Mitchell Moore",
    "Morales Moreau Morgan Murphy Nakamura Neumann Newton Nguyen Nolan Novak Okafor Olsen Ortiz Osman",
    "Page Palmer Park Patel Pearson Perez Pham Porter Price Quinn Ramos Reed Reyes Rivera Roberts Romano",
    "Rossi Rowe Russo Sanders Santos Sato Schmidt Shah Sharma Silva Singh Sloan Smith Stone Sutton Suzuki",
    "Tanaka Taylor Thomas Torres Tran Turner Vargas Vega Wagner Walker Wallace Wang Ward Watson Weber",
    "Wells West White Wolf Wood Wright Yamada Yilmaz Young Zhang Zimmer",
)
MAIL_DOMAINS = ("example.com", "example.com", "example.org", "example.net")
EDUCATION = (
    "High School Diploma",
    "Associate Degree",
    "Bachelor's Degree",
    "Bachelor's Degree",
    "Master's Degree",
    "Doctorate",
)
INTERESTS = (
    "photography",
    "hiking",
    "cooking",
    "chess",
    "gardening",
    "cycling",
    "reading",
    "travel",
    "painting",
    "yoga",
    "running",
    "baking",
    "film",
    "music",
    "astronomy",
    "pottery",
    "sailing",
    "gaming",
    "birdwatching",
    "climbing",
    "technology",
    "woodworking",
    "dancing",
    "history",
    "camping",
    "fishing",
    "coffee",
    "design",
    "swimming",
    "volunteering",
)
MARITAL = ("single", "married", "partnered", "divorced", "widowed")
RELATIONS = ("spouse", "parent", "sibling", "friend", "colleague")
PRONOUNS = ("she/her", "he/him", "they/them")
BLOOD_TYPES = ("O+", "A+", "B+", "AB+", "O-", "A-", "B-", "AB-")
