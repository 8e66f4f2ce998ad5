"""The words of the tiny world: who, where, what, how many, and how they are written.

Every list runs from easy to rich, so that a level of difficulty is simply "the first k words".
Nothing here knows about stories.

    lexicon.AT["park"]              # 'in the park'
    lexicon.with_article("egg")     # 'an egg'
    lexicon.amount(3, "berries")    # 'three berries'
"""

__all__ = [
    "ANIMALS",
    "AT",
    "COLOURS",
    "FOODS",
    "GIRLS",
    "ITEMS",
    "LARGEST",
    "LOOKS",
    "NAMES",
    "NUMBERS",
    "PLACES",
    "SINGULAR",
    "SIZES",
    "THINGS",
    "WEATHERS",
    "amount",
    "with_article",
]

_GIRLS = """Mia Anna Lily Sara Emma Nora Ruby Zoe Ella Ida Clara Rosa Lucy Alice Eva Julia Hanna
Maya Olga Vera Marta Iris Paula Tess Nina Greta Elsa Molly Amber Wanda""".split()
_BOYS = """Tom Ben Max Leo Sam Finn Jack Otto Paul Hugo Karl Emil Noah Oscar Felix Adam Luke
Peter Simon Victor Ivan Omar Theo Henry David Martin George Walter Robin Arthur""".split()
GIRLS = frozenset(_GIRLS)
NAMES = tuple(name for pair in zip(_GIRLS, _BOYS, strict=True) for name in pair)

_IN = """park garden kitchen forest library barn cave cellar meadow castle museum bakery theatre
tower hut orchard bathroom attic valley village town desert stable workshop classroom""".split()
_AT = """beach school lake shop farm river market zoo station harbour bridge pond fair playground
well mill fountain""".split()
_ON = "hill island balcony boat roof terrace".split()
# The first twelve are mixed by hand: they are the places of the middle levels.
_FIRST_PLACES = "park beach garden school hill kitchen lake forest shop farm library barn".split()
PLACES = tuple(dict.fromkeys(_FIRST_PLACES + _AT + _IN + _ON))
_PREPOSITION = {p: w for w, ps in (("in", _IN), ("at", _AT), ("on", _ON)) for p in ps}
AT = {place: f"{_PREPOSITION[place]} the {place}" for place in PLACES}

THINGS = tuple(
    """ball book hat kite cup lamp key coin doll drum flute map ring rope scarf spoon bell box
    bag drawing apron balloon basket blanket bottle bowl bracelet brush bucket candle chain
    clock comb crown fan flag glove hammer helmet horn jar kettle ladder lantern letter mask
    medal mirror mug necklace needle notebook oar paddle parcel pen pencil pillow pipe plate
    pocketknife postcard pot puppet puzzle racket ribbon robot ruler sack sail shawl shovel
    sled stick sword tent ticket torch towel trumpet umbrella vase violin wagon wallet watch
    wheel whistle wreath""".split()
)
COLOURS = tuple(
    """red blue green yellow white black brown golden pink grey purple orange silver violet
    turquoise crimson""".split()
)
SIZES = tuple(
    """big small old new shiny little heavy pretty tiny large round smooth dusty broken lovely
    strange plain curious elegant antique wooden striped famous ugly""".split()
)
FOODS = tuple(
    """apple pear cake cookie carrot sandwich egg plum banana orange pancake muffin potato bun
    tomato pie peach pretzel omelette dumpling waffle sausage melon onion""".split()
)
SINGULAR = {
    "apples": "apple",
    "stones": "stone",
    "shells": "shell",
    "nuts": "nut",
    "berries": "berry",
    "pears": "pear",
    "cookies": "cookie",
    "eggs": "egg",
    "flowers": "flower",
    "leaves": "leaf",
    "cherries": "cherry",
    "buttons": "button",
    "marbles": "marble",
    "stamps": "stamp",
    "pearls": "pearl",
    "feathers": "feather",
    "acorns": "acorn",
    "loaves": "loaf",
    "peaches": "peach",
    "tomatoes": "tomato",
    "walnuts": "walnut",
    "daisies": "daisy",
    "strawberries": "strawberry",
    "mushrooms": "mushroom",
}
ITEMS = tuple(SINGULAR)
ANIMALS = tuple(
    """dog cat bird rabbit duck goat frog mouse horse sheep owl fox hen pig squirrel hedgehog goose
    donkey crow beaver otter deer swan turtle pony badger mole eagle ant parrot""".split()
)
LOOKS = tuple(
    """big small little old young brown friendly funny quiet clever white shy sleepy noisy grey fat
    gentle brave lazy curious""".split()
)
WEATHERS = tuple("sunny cold windy rainy warm cloudy foggy bright stormy grey snowy mild".split())

_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMBERS = (*_ONES, *(ten + (f"-{_ONES[i]}" if i else "") for ten in _TENS for i in range(10)))
LARGEST = len(NUMBERS) - 1


def with_article(word: str) -> str:
    """Put "a" or "an" before a word of this lexicon.

    >>> with_article("old"), with_article("new"), with_article("umbrella")
    ('an old', 'a new', 'an umbrella')
    """
    # subtle: by letter, not by sound; no word of the lists above starts like "unit" or "hour".
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def amount(count: int, item: str) -> str:
    """Write a number of items; `item` is the plural.

    >>> amount(1, "berries"), amount(21, "loaves")
    ('one berry', 'twenty-one loaves')
    """
    return f"{NUMBERS[count]} {SINGULAR[item] if count == 1 else item}"
