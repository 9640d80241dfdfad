"""The demo panel's tasks: what it is asked, what it may say, how likely and how sure of itself.

Easy tasks settle at once; on harder ones a popular wrong answer draws some of the panel; on matters
of taste it splits, and no consensus is the right outcome. The first line of a task is right where
there is a right answer.
"""

from __future__ import annotations

from consensus.demo.script import Form, Line, Task

JSON, FENCED, PROSE, BARE = Form.JSON, Form.FENCED, Form.PROSE, Form.BARE

_ARITHMETIC = (
    Task(
        "What is 17% of 2,340?",
        (
            Line("397.8", 5, 0.97),
            Line("397.80", 2, 0.95, FENCED),
            Line("397.8", 2, 0.9, PROSE, "10% is 234, 7% is 163.8; together 397.8."),
            Line("387.8", 1, 0.55),
            Line("39.78", 0.4, 0.4),
        ),
        alike=3,
    ),
    Task(
        "What is 48 * 127?",
        (
            Line("6096", 6, 0.96),
            Line("6,096", 2, 0.94, FENCED),
            Line("6096", 1, 0.9, PROSE, "50 times 127 is 6350; minus 2 times 127, 254."),
            Line("6,196", 1, 0.6),
        ),
        alike=3,
    ),
    Task(
        "What is the sum of the first 100 positive integers?",
        (
            Line("5050", 6, 0.99),
            Line("5,050", 2, 0.98, FENCED),
            Line("5050", 2, 0.97, PROSE, "Fifty pairs of 101."),
            Line("4950", 0.7, 0.7),
        ),
        alike=3,
    ),
    Task(
        "A train covers 270 km in 2.5 hours. What is its average speed in km/h?",
        (
            Line("108 km/h", 5, 0.97),
            Line("108", 3, 0.96),
            Line("108 km/h", 1, 0.9, PROSE, "270 divided by 2.5 is 108."),
            Line("112.5", 0.6, 0.5),
        ),
        alike=3,
    ),
    Task(
        "How much is a 15% tip on $86.40?",
        (
            Line("$12.96", 5, 0.96),
            Line("12.96", 2, 0.95),
            Line("$12.96", 1, 0.93, FENCED),
            Line("$12.69", 1, 0.6),
        ),
        alike=3,
    ),
    Task(
        "If 3 machines make 3 widgets in 3 minutes, how many minutes do 100 machines need to make "
        "100 widgets?",
        (
            Line("3", 4, 0.9),
            Line("3 minutes", 2, 0.92),
            Line("3", 2, 0.85, PROSE, "One machine makes one widget in three minutes."),
            Line("100", 3, 0.7),
        ),
        alike=3,
    ),
    Task(
        "A bat and a ball cost $1.10 together. The bat costs $1.00 more than the ball. "
        "How much does the ball cost?",
        (
            Line("$0.05", 4, 0.9),
            Line("0.05", 1.5, 0.88),
            Line("$0.05", 1.5, 0.9, PROSE, "Ball x, bat x + 1.00: 2x + 1.00 = 1.10."),
            Line("$0.10", 3, 0.75),
        ),
        alike=3,
    ),
    Task(
        "What is 2 to the power of 16?",
        (
            Line("65536", 6, 0.99),
            Line("65,536", 3, 0.99, FENCED),
            Line("32768", 0.7, 0.5),
        ),
        alike=2,
    ),
    Task(
        "Convert 72 degrees Fahrenheit to degrees Celsius, to one decimal.",
        (
            Line("22.2", 4, 0.95),
            Line("22.2 °C", 3, 0.95),
            Line("22.2", 1, 0.9, PROSE, "72 minus 32 is 40; times 5/9 is 22.2."),
            Line("22.0", 0.8, 0.5),
        ),
        alike=3,
    ),
    Task(
        "How many seconds are there in a week?",
        (
            Line("604800", 5, 0.98),
            Line("604,800", 3, 0.98),
            Line("604800", 1, 0.95, FENCED),
            Line("86,400", 0.6, 0.4),
        ),
        alike=3,
    ),
    Task(
        "What is 7/8 as a decimal?",
        (
            Line("0.875", 7, 0.99),
            Line("0.875", 2, 0.98, FENCED),
            Line(".875", 1, 0.97),
        ),
        alike=3,
    ),
    Task(
        "What is the area of a circle with radius 5, to two decimals?",
        (
            Line("78.54", 6, 0.96),
            Line("78.54", 2, 0.95, PROSE, "Pi times 25 is 78.5398."),
            Line("78.5", 0.7, 0.7),
            Line("31.42", 1, 0.6),
        ),
        alike=2,
    ),
    Task(
        "A shirt costs $40 after a 20% discount. What did it cost before?",
        (
            Line("$50", 5, 0.93),
            Line("50", 2, 0.92),
            Line("$50.00", 1, 0.9, FENCED),
            Line("$48", 2.5, 0.7),
        ),
        alike=3,
    ),
    Task(
        'How many times does the letter r occur in "strawberry"?',
        (
            Line("3", 5, 0.9),
            Line("3", 2, 0.9, PROSE, "st-r-awbe-r-r-y."),
            Line("2", 3.5, 0.8),
        ),
        alike=2,
    ),
    Task(
        "What is the probability of rolling a total of 7 with two fair dice?",
        (
            Line("1/6", 5, 0.96),
            Line("6/36", 1, 0.9, PROSE, "Six of the 36 outcomes add up to 7."),
            Line("1/6", 2, 0.95, FENCED),
            Line("7/36", 0.8, 0.5),
        ),
        alike=3,
    ),
    Task(
        "How many prime numbers are there below 50?",
        (
            Line("15", 6, 0.93),
            Line("15", 2, 0.92, FENCED),
            Line("14", 1, 0.6),
            Line("16", 1, 0.6),
        ),
        alike=2,
    ),
    Task(
        "How many trailing zeros does 100 factorial have?",
        (
            Line("24", 5, 0.85),
            Line("24", 1, 0.9, PROSE, "20 multiples of 5 and 4 of 25."),
            Line("20", 2, 0.7),
            Line("25", 1, 0.5),
        ),
        alike=2,
    ),
    Task(
        "What is the sum of the interior angles of a hexagon, in degrees?",
        (
            Line("720", 6, 0.97),
            Line("720 degrees", 2, 0.96),
            Line("540", 1, 0.5),
        ),
        alike=2,
    ),
)

_FACTS = (
    Task(
        "What is the capital of Australia?",
        (
            Line("Canberra", 7, 0.98),
            Line("Canberra", 2, 0.97, FENCED),
            Line("canberra.", 1, 0.9),
            Line("Sydney", 1.2, 0.6),
        ),
        alike=3,
    ),
    Task(
        "Which planet of the Solar System has the most known moons?",
        (
            Line("Saturn", 6, 0.9),
            Line("Saturn", 1, 0.88, PROSE, "Its count passed Jupiter's in 2023."),
            Line("Jupiter", 2.5, 0.7),
        ),
        alike=2,
    ),
    Task(
        'Who wrote the novel "Middlemarch"?',
        (
            Line("George Eliot", 8, 0.98),
            Line("George Eliot", 2, 0.96, FENCED),
            Line("Jane Austen", 0.8, 0.4),
        ),
        alike=2,
    ),
    Task(
        "What is the chemical symbol for tungsten?",
        (
            Line("W", 8, 0.98),
            Line("W", 1, 0.95, PROSE, "From its other name, wolfram."),
            Line("Tu", 0.8, 0.4),
        ),
        alike=2,
    ),
    Task(
        "In which year did the Berlin Wall fall?",
        (
            Line("1989", 9, 0.99),
            Line("1989", 2, 0.98, FENCED),
            Line("1990", 0.5, 0.5),
        ),
        alike=2,
    ),
    Task(
        "What is the longest river in Africa?",
        (
            Line("The Nile", 4, 0.97),
            Line("Nile", 5, 0.97),
            Line("the Nile", 1, 0.95, FENCED),
            Line("Congo", 0.6, 0.4),
        ),
        alike=3,
    ),
    Task(
        "What is the largest organ of the human body?",
        (
            Line("Skin", 5, 0.95),
            Line("The skin", 3, 0.95),
            Line("skin", 1, 0.9, FENCED),
            Line("Liver", 2, 0.7),
        ),
        alike=3,
    ),
    Task(
        "Which element has atomic number 26?",
        (
            Line("Iron", 8, 0.98),
            Line("Iron", 1, 0.97, PROSE, "Its symbol is Fe."),
            Line("Cobalt", 0.7, 0.4),
        ),
        alike=2,
    ),
    Task(
        "What is the currency of Switzerland?",
        (
            Line("Swiss franc", 6, 0.98),
            Line("The Swiss franc", 3, 0.98, FENCED),
            Line("Euro", 0.6, 0.4),
        ),
        alike=2,
    ),
    Task(
        'Who painted "The Night Watch"?',
        (
            Line("Rembrandt", 7, 0.97),
            Line("Rembrandt", 2, 0.96, FENCED),
            Line("Vermeer", 1, 0.5),
        ),
        alike=2,
    ),
    Task(
        "Which mountain is the tallest, measured from base to summit?",
        (
            Line("Mauna Kea", 5, 0.85),
            Line("Mauna Kea", 1, 0.9, PROSE, "Most of it stands under the Pacific."),
            Line("Mount Everest", 4, 0.8),
        ),
        alike=2,
    ),
    Task(
        "How many countries share a border with Germany?",
        (
            Line("9", 6, 0.93),
            Line("9", 2, 0.92, FENCED),
            Line("8", 1.5, 0.6),
        ),
        alike=2,
    ),
    Task(
        "What does the acronym HTTP stand for?",
        (
            Line("Hypertext Transfer Protocol", 6, 0.99),
            Line("HyperText Transfer Protocol", 3, 0.99),
            Line("High Traffic Text Protocol", 0.7, 0.5),
        ),
        alike=2,
    ),
)

_CHOICES = (
    Task(
        "Which gas makes up most of Earth's atmosphere? "
        "A) Oxygen B) Nitrogen C) Carbon dioxide D) Argon",
        (
            Line("B", 7, 0.98),
            Line("B) Nitrogen", 3, 0.97),
            Line("B", 1, 0.95, PROSE, "Nitrogen is about 78% of the air."),
            Line("A", 1, 0.5),
        ),
        alike=3,
    ),
    Task(
        "Which data structure serves first in, first out? A) Stack B) Queue C) Heap D) Tree",
        (
            Line("B", 8, 0.99),
            Line("B", 2, 0.98, FENCED),
            Line("A", 0.6, 0.5),
        ),
        alike=2,
    ),
    Task(
        "What is the time complexity of binary search? A) O(1) B) O(log n) C) O(n) D) O(n log n)",
        (
            Line("B", 7, 0.99),
            Line("B) O(log n)", 2, 0.98),
            Line("D", 0.7, 0.5),
        ),
        alike=2,
    ),
    Task(
        "Which of these is a prime number? A) 51 B) 57 C) 59 D) 91",
        (
            Line("C", 6, 0.93),
            Line("C) 59", 2, 0.93),
            Line("D", 1.5, 0.6),
            Line("B", 1, 0.5),
        ),
        alike=2,
    ),
    Task(
        "Which HTTP status means too many requests? A) 403 B) 409 C) 429 D) 503",
        (
            Line("C", 8, 0.98),
            Line("C", 1, 0.97, FENCED),
            Line("D", 1, 0.5),
        ),
        alike=2,
    ),
    Task(
        "Which vitamin does human skin make in sunlight? "
        "A) Vitamin A B) Vitamin B12 C) Vitamin C D) Vitamin D",
        (
            Line("D", 8, 0.99),
            Line("D) Vitamin D", 2, 0.99),
            Line("C", 0.4, 0.4),
        ),
        alike=2,
    ),
    Task(
        "Which of these planets has the shortest day? A) Earth B) Mars C) Jupiter D) Saturn",
        (
            Line("C", 5, 0.9),
            Line("C", 1, 0.88, PROSE, "Jupiter turns once in just under ten hours."),
            Line("D", 2.5, 0.7),
            Line("A", 0.5, 0.4),
        ),
        alike=2,
    ),
)

_YES_OR_NO = (
    Task(
        "Is 1,001 a prime number?",
        (
            Line("No", 6, 0.95),
            Line("no", 2, 0.9, FENCED),
            Line("No", 1, 0.96, PROSE, "1,001 is 7 times 11 times 13."),
            Line("Yes", 2, 0.6),
        ),
        alike=3,
    ),
    Task(
        "Is a tomato, botanically, a fruit?",
        (
            Line("Yes", 8, 0.97),
            Line("yes", 2, 0.95, FENCED),
            Line("No", 0.7, 0.5),
        ),
        alike=2,
    ),
    Task(
        "Can sound travel through a vacuum?",
        (
            Line("No", 8, 0.99),
            Line("No.", 2, 0.98),
            Line("Yes", 0.3, 0.3),
        ),
        alike=2,
    ),
    Task(
        "Is the Great Wall of China visible to the naked eye from the Moon?",
        (
            Line("No", 7, 0.95),
            Line("No", 2, 0.95, FENCED),
            Line("Yes", 1.5, 0.6),
        ),
        alike=2,
    ),
    Task(
        "Did the Western Roman Empire end before the year 500?",
        (
            Line("Yes", 7, 0.95),
            Line("Yes", 2, 0.94, PROSE, "Its last emperor was deposed in 476."),
            Line("No", 0.8, 0.5),
        ),
        alike=2,
    ),
    Task(
        "Is zero an even number?",
        (
            Line("Yes", 8, 0.98),
            Line("yes", 2, 0.97, FENCED),
            Line("No", 0.7, 0.5),
        ),
        alike=2,
    ),
    Task(
        "In the Monty Hall problem, should the contestant switch doors?",
        (
            Line("Yes", 6, 0.95),
            Line("Yes", 2, 0.95, PROSE, "Switching wins in two cases of three."),
            Line("No", 1.5, 0.6),
        ),
        alike=2,
    ),
)

_TASTE = (
    Task(
        "Is a hot dog a sandwich?",
        (
            Line("Yes", 4, 0.6),
            Line("No", 4, 0.6),
            Line("It depends", 3, 0.6),
        ),
    ),
    Task(
        "Does pineapple belong on pizza?",
        (
            Line("Yes", 4, 0.55),
            Line("No", 4, 0.55),
            Line("It depends", 3, 0.55),
        ),
    ),
    Task(
        "How many grains of sand are there on all the beaches of Earth?",
        (
            Line("7.5e18", 4, 0.5),
            Line("5e21", 3, 0.4),
            Line("1e21", 2, 0.4),
            Line("1e20", 2, 0.3),
            Line("2.5e19", 2, 0.3),
        ),
    ),
    Task(
        "Which programming language should a beginner learn first? One word.",
        (
            Line("Python", 5, 0.6),
            Line("JavaScript", 4, 0.6),
            Line("Scratch", 2, 0.5),
        ),
    ),
)

_OPEN = (
    Task(
        "Why is the sky blue?",
        (
            Line(
                "Air molecules scatter short blue wavelengths of sunlight more than red ones "
                "(Rayleigh scattering).",
                4,
                0.95,
            ),
            Line(
                "Rayleigh scattering: air molecules scatter the short blue wavelengths of sunlight "
                "more strongly than the red.",
                4,
                0.95,
                FENCED,
            ),
            Line(
                "Molecules of air scatter short blue wavelengths in sunlight far more than red "
                "wavelengths, by Rayleigh scattering.",
                3,
                0.93,
            ),
            Line("The sky reflects the color of the oceans.", 1, 0.5),
        ),
        alike=3,
    ),
    Task(
        "What causes the seasons on Earth?",
        (
            Line("The tilt of Earth's axis as it orbits the Sun.", 5, 0.95),
            Line("The tilt that Earth's axis has while it orbits the Sun.", 3, 0.94, FENCED),
            Line("The tilt of the axis of the Earth, as it orbits the Sun.", 3, 0.95),
            Line("Changes in the distance between Earth and the Sun.", 1.5, 0.6),
        ),
        alike=3,
    ),
    Task(
        "Explain in one sentence what a hash table is.",
        (
            Line(
                "A data structure that stores values under keys and uses a hash function to find "
                "the place of each key.",
                4,
                0.92,
                BARE,
            ),
            Line(
                "A data structure which stores values by keys, using a hash function to find the "
                "place of a key.",
                3,
                0.92,
                BARE,
            ),
            Line(
                "A data structure storing values under keys, where a hash function finds the place "
                "for each key.",
                3,
                0.9,
                BARE,
            ),
            Line("A table in a database that is encrypted with a password.", 0.8, 0.4, BARE),
        ),
        alike=3,
    ),
    Task(
        'Summarise the plot of "Romeo and Juliet" in one sentence.',
        (
            Line(
                "Two young lovers from feuding families in Verona marry in secret and die, which "
                "reconciles their families.",
                4,
                0.9,
                BARE,
            ),
            Line(
                "Young lovers from two feuding families of Verona marry secretly and die, "
                "reconciling their families.",
                4,
                0.9,
                BARE,
            ),
            Line(
                "In Verona, two young lovers of feuding families secretly marry and die, and the "
                "families are reconciled.",
                2,
                0.88,
                BARE,
            ),
            Line("A prince of Denmark avenges the murder of his father.", 0.5, 0.3, BARE),
        ),
        alike=3,
    ),
    Task(
        "Why do leaves change color in autumn?",
        (
            Line(
                "Chlorophyll breaks down in autumn, and yellow and orange pigments in the leaves "
                "show.",
                4,
                0.94,
            ),
            Line(
                "In autumn chlorophyll breaks down, so that the leaves show their yellow and "
                "orange pigments.",
                4,
                0.94,
                FENCED,
            ),
            Line(
                "As chlorophyll breaks down in autumn, yellow and orange pigments show in leaves.",
                2,
                0.9,
            ),
            Line("They dry out because trees lose water to the frost.", 1, 0.5),
        ),
        alike=3,
    ),
    Task(
        "What is photosynthesis?",
        (
            Line(
                "The process by which plants use light to turn carbon dioxide and water into sugar "
                "and oxygen.",
                5,
                0.97,
            ),
            Line(
                "Plants use the light of the sun in this process to turn water and carbon dioxide "
                "into sugar and oxygen.",
                3,
                0.95,
            ),
            Line(
                "A process in which plants, using light, turn carbon dioxide and water into oxygen "
                "and sugar.",
                3,
                0.96,
                FENCED,
            ),
            Line("How plants breathe oxygen at night.", 0.5, 0.4),
        ),
        alike=3,
    ),
    Task(
        'Translate "Good morning, my friend" into French.',
        (
            Line("Bonjour, mon ami", 6, 0.96, BARE),
            Line("Bonjour mon ami", 2, 0.95, BARE),
            Line("Bonjour, mon ami.", 2, 0.95, BARE),
            Line("Bonsoir, mon ami", 0.8, 0.4, BARE),
        ),
        alike=3,
    ),
    Task(
        "What was the main cause of the fall of the Western Roman Empire?",
        (
            Line("Invasions by Germanic peoples across the Rhine and Danube.", 3, 0.55),
            Line("Economic decline, heavy taxes and debased money.", 3, 0.55),
            Line("Civil wars and weak emperors who could not keep power.", 3, 0.55),
            Line("Overextension of the army along borders too long to defend.", 2, 0.5),
        ),
    ),
)

# Right in words so different that the words alone do not tell: a model is asked about them.
_IN_DOUBT = (
    Task(
        "Why does ice float on water?",
        (
            Line("Ice is less dense than water, since water expands as it freezes.", 4, 0.95),
            Line(
                "Freezing makes water expand, which leaves ice with a lower density.",
                4,
                0.94,
                FENCED,
            ),
            Line("Because ice has a lower density than liquid water.", 4, 0.95),
            Line("Ice contains bubbles of air that carry it.", 1, 0.5),
        ),
        alike=3,
    ),
)

# Answers with parts: JSON, and texts.
_PARTS = (
    Task(
        'Extract "people", "places" and "dates" as JSON from this: Ada Lovelace met Charles '
        "Babbage in London on 5 June 1833.",
        (
            Line(
                '{"people": ["Ada Lovelace", "Charles Babbage"], "places": ["London"], '
                '"dates": ["5 June 1833"]}',
                5,
                0.95,
                BARE,
            ),
            Line(
                '{"people": ["Charles Babbage", "Ada Lovelace"], "places": ["London"], '
                '"dates": ["1833"]}',
                2,
                0.8,
                BARE,
            ),
            Line(
                '{"people": ["Ada Lovelace"], "places": ["London"], "dates": ["5 June 1833"]}',
                2,
                0.7,
                BARE,
            ),
            Line(
                '{"people": ["Ada Lovelace", "Charles Babbage"], "places": ["London", "England"], '
                '"dates": ["5 June 1833"]}',
                1,
                0.6,
                BARE,
            ),
        ),
    ),
    Task(
        "Label the topics of this headline as a JSON list, of sports, politics, business, science "
        'and health: "Football club\'s new stadium wins public funding after council vote".',
        (
            Line('["sports", "politics"]', 5, 0.9, BARE),
            Line('["politics", "sports"]', 3, 0.9, BARE),
            Line('["sports", "politics", "business"]', 3, 0.7, BARE),
            Line('["sports"]', 1, 0.6, BARE),
        ),
        alike=2,
    ),
    Task(
        "Write a short essay on the impact of artificial intelligence on employment.",
        (
            Line(
                "Artificial intelligence will change employment more than it destroys it. Routine "
                "tasks in offices and factories are automated first, while new jobs appear in "
                "data, care and maintenance. Workers will need retraining, and governments should "
                "support those who lose their jobs. In the long run productivity may rise.",
                3,
                0.8,
                BARE,
            ),
            Line(
                "Artificial intelligence automates routine tasks in offices and factories. New "
                "jobs appear in data, care and maintenance. Workers will need retraining, and "
                "governments should support those who lose their jobs.",
                3,
                0.8,
                BARE,
            ),
            Line(
                "Employment will shift rather than vanish. Routine tasks in offices and factories "
                "are automated first; new jobs appear in data and care. Governments should "
                "support retraining for workers who lose their jobs.",
                3,
                0.8,
                BARE,
            ),
            Line(
                "Most jobs will be gone within 10 years, and no new ones will replace them. "
                "Retraining is useless, since machines learn faster than people do.",
                1,
                0.6,
                BARE,
            ),
        ),
    ),
)

TASKS: tuple[Task, ...] = (
    *_ARITHMETIC,
    *_FACTS,
    *_CHOICES,
    *_YES_OR_NO,
    *_TASTE,
    *_IN_DOUBT,
    *_PARTS,
    *_OPEN,
)


def prompts() -> tuple[str, ...]:
    """Every prompt that the demo panel can answer."""
    return tuple(task.prompt for task in TASKS)
