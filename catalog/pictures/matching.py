# fmt: off
# ruff: noqa: E501 - a table is read by its columns
"""Which drawing stands for a product, from the words of its category and title.

Rules are tried in order, and the first whose word occurs decides. The leaf of the category path
knows best, then the title, then the rest of the path from the leaf up. The root decides which
shop's rules are asked first, as "cream" means another thing among cosmetics than among groceries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from catalog.pictures.groups import PLAIN

#: (group, words): a word is a regular expression, matched at the start of a word; one that begins
#: with ".*" is looked for anywhere in the text.
_FOOD: Final = (
    # what lies in a freezer
    ("frozen-juice", r"frozen.*(juice|drink)"), ("ice", r"ice cubes|bagged ice"), ("frozen-fruit", r"frozen (fruit)$|frozen fruit(?! (pie|drink))"),
    ("frozen-dessert", r"frozen (cake|fruit pie|whipped)"), ("frozen-potato", r"frozen (french fries|hash|potato)"),
    ("frozen-breakfast", r"frozen (waffles|breakfast)"), ("frozen-bread", r"frozen (bagels|biscuits|dinner rolls|garlic bread)"),
    ("frozen-pizza", r"frozen pizza|(everyday|premium|classic) frozen pizza|microwave pizza"), ("frozen-pasta", r"frozen pasta"),
    ("frozen-veggie", r"frozen meat alternative"), ("frozen-chicken", r"frozen (boneless |breaded )?chicken"), ("frozen-shrimp", r"frozen (cooked |raw )?(shrimp|seafood)"),
    ("frozen-fish", r"frozen fish"), ("fish-box", r"breaded fish|grilled fish"), ("frozen-meat", r"frozen (burgers|beef|cooked beef)"),
    ("frozen-snack", r"frozen (burritos|filled|party|appetisers)|corn dogs"), ("frozen-vegetables", r"frozen.*(vegetables|corn)|natural frozen vegetables"),
    ("frozen-meal", r".*frozen (meal|family)"), ("cornet", r"ice cream cornets"), ("ice-cornet", r"ice cream (cones|sandwiches)"), ("ice-lolly", r"ice (lollies|cream bars|cream bites)|lolly"),
    ("syrup", r"ice cream topping"), ("ice-cream", r".*ice cream|sorbet"),
    # pets and babies before the foods that they eat
    ("cat-litter", r".*cat litter"), ("cat-dry", r".*(dry cat food|cat treats)"), ("cat-can", r".*cat food"),
    ("dog-treat", r".*(dog biscuits|dog treats|dog chews)"), ("dog-dry", r".*dry dog food"), ("dog-can", r".*dog food"),
    ("baby-wipes", r"baby wipes"), ("baby-wash", r"baby (wash|shampoo|lotion)"), ("baby-bottle", r"baby (bottle|juice|spring water|rehydration)"), ("baby-formula", r"(infant|baby) (milk )?formula|.*infant formula|baby cereal|infant milk"), ("baby-food", r".*baby food"), ("nappies", r"nappies|diapers"),
    # canned
    ("can-pasta", r"canned pasta"), ("can-tomato", r"canned.*tomatoes|tomato (paste|sauce)"), ("can-green-bean", r"canned green beans"), ("can-bean", r"canned kidney|baked beans"),
    ("can-corn", r"canned (corn|hominy)"), ("can-pea", r"canned peas"), ("can-mushroom", r"canned mushrooms"), ("can-beet", r"canned beetroot"), ("can-potato", r"canned (sweet )?potatoes"),
    ("can-leaf", r"canned (spinach|sauerkraut|asparagus)"), ("can-vegetable", r"canned.*(vegetables|carrots)|asian vegetables|central american"), ("can-pear", r"canned pears"), ("can-pineapple", r"canned pineapple"),
    ("can-orange", r"canned mandarin"), ("can-fruit", r"canned (peaches|fruit)|pie filling"), ("can-berry", r"cranberry sauce"), ("can-fish", r"canned (tuna|salmon|sardines)|tuna|sardines"),
    ("can-chicken", r"canned chunk"), ("can-chilli", r"canned chilli|hot dog chilli|sloppy joe|mexican chillies"), ("can-meat", r"canned luncheon|vienna"), ("can-milk", r"canned milk"), ("nut-can", r"canned nuts"),
    ("refried-bean", r"refried"), ("iced-tea", r"canned iced tea|(un)?sweetened iced tea|chilled (sweet|iced) tea|iced tea"),
    ("soup-cup", r"microwave (soup|meal cup)"), ("soup-mix", r"dry soup"), ("can-soup", r"condensed soup|ready-to-serve soup"), ("hot-dish", r"salad bar soup|hot side dish|chilled side dish"),
    ("broth", r"broth"), ("bouillon", r"bouillon|stock cubes"), ("noodle", r"ramen|instant noodles"),
    # drinks
    ("energy-drink", r"energy drink"), ("sports-drink", r"sports drink"), ("soft-drink-pack", r"soft drink, (12|20|4|bottle multipack)|still soft drink, cans"),
    ("soft-drink", r"(still |tropical )?soft drink|tonic|seltzer|flavoured seltzer|cola|lemonade"), ("drink-mix", r"drink mix"), ("flavoured-water", r"(flavoured|fruit-flavoured|vitamin).*(water|drink)"),
    ("water-jug", r"distilled water"), ("water", r"(spring|still|sparkling|drinking|mineral) .*water|spring water|water$"), ("juice-pouch", r"juice pouches"), ("juice-orange", r"chilled orange juice|chilled citrus punch"),
    ("juice-carton", r"chilled.*(juice|(?<!soya )drink)|tropical juice"), ("juice-apple", r"apple (juice|cider)"), ("juice-grape", r"(grape|prune) juice"), ("juice-berry", r"cranberry (juice|blend)|natural juice"),
    ("juice-tomato", r"(tomato|vegetable) juice"), ("juice-lemon", r"lemon and lime juice|citrus juice"), ("juice", r".*juice|fruit drink|cider"),
    # dairy
    ("coffee-jar", r"powdered coffee|.*instant coffee"), ("creamer", r"coffee creamer"), ("cocoa", r"hot chocolate|cocoa"), ("syrup", r"chocolate milk syrup|pancake syrup|syrup"), ("chocolate-milk", r"chocolate milk|long-life milk"),
    ("plant-milk", r".*(nut|soya|almond|oat|rice) (drink|milk)"), ("milk", r"(fresh |organic |speciality |whole )?milk|buttermilk|eggnog"), ("egg", r".*\beggs?\b(?! (noodles|salad))"),
    ("peanut-butter", r"peanut butter"), ("butter", r"butter$|margarine sticks"), ("margarine", r".*margarine"), ("whipped-cream", r"whipped cream"), ("cream-tub", r"sour cream"), ("cottage-cheese", r"cottage cheese|ricotta"),
    ("yoghurt-pack", r"yoghurt multipack"), ("yoghurt", r".*yog(h)?urt"), ("pudding", r"chilled pudding|pudding cups"), ("gelatine", r"pudding mix|gelatine"),
    ("cheese-puffs", r"cheese puffs"), ("cracker", r".*crackers(?! )|graham crackers"), ("cookie-pack", r"cookie multipack|(sandwich|speciality|chocolate chip|chocolate-covered|single-serve) cookies|vanilla wafers"),
    ("dough", r".*dough$|.*pastry dough"), ("pasta-box", r"macaroni and cheese"), ("cheese-bag", r"(shredded|grated) cheese"), ("cheese-slices", r".*(cheese slices|string cheese)|sliced counter cheese"), ("cheese-block", r"cream cheese|cheese (loaf|spread)"), ("cheese-white", r"speciality.*cheese"), ("cheese", r".*cheese"),
    # pantry
    ("mayonnaise", r"mayonnaise|horseradish"), ("honey", r"honey\b"), ("jam", r"jam\b|fruit jelly|marmalade"), ("ketchup", r"tomato ketchup|ketchup"), ("mustard", r".*mustard"), ("barbecue-sauce", r"barbecue sauce|marinade"),
    ("hot-sauce", r"hot sauce|cocktail sauce|seafood sauce"), ("soy-sauce", r"soy sauce|steak sauce"), ("pasta-sauce", r".*(pasta|pizza) sauce"), ("chip-dip", r"chip dip"), ("salsa", r"salsa"), ("seasoning", r".*(seasoning|gravy and sauce|dressing) mix"),
    ("dressing", r".*salad dressing"), ("gravy", r".*gravy"), ("vinegar", r"vinegar"), ("olive-oil", r"olive oil"), ("oil", r"(rapeseed|vegetable|sunflower) oil"), ("cooking-spray", r"cooking spray"), ("shortening", r"shortening"),
    ("deli-salad", r"(pasta|vegetable|potato|chicken and egg) salad"), ("olive", r".*olives"), ("pickle", r".*(pickle|relish|sauerkraut)"), ("spice", r"herbs and spices|chopped garlic"), ("salt", r"table salt"), ("extract", r"vanilla (extract|flavouring)"),
    ("taco", r"taco shells|mexican dinner"), ("flour", r".*flour|cornmeal|corn starch"), ("sweetener", r"sweetener"), ("sugar", r"sugar"), ("stuffing", r"stuffing|bread crumbs|seafood breading"), ("pancake", r"pancake mix|biscuit mix"), ("baking-mix", r"(cake|brownie|dessert|muffin and corn bread) mix|cake decorations"),
    ("frosting", r"frosting"), ("chocolate-chip", r"chocolate chips"), ("marshmallow", r"marshmallows"), ("baking", r"baking (soda|powder)|pie shell"), ("apple-sauce", r"apple sauce"), ("fruit-cup", r"fruit cups"),
    ("fresh-pasta", r"fresh pasta"), ("pasta", r"macaroni|spaghetti|egg noodles|pasta"), ("rice-cake", r"rice cakes"), ("rice-box", r"(rice|noodle) side dish"), ("rice", r"(instant )?rice"), ("dried-bean", r"dried beans"), ("mash", r"instant mashed"),
    ("meal-box", r"skillet dinner|microwave (dinner|meal)"),
    # breakfast
    ("cereal-kids", r"kids' cereal"), ("snack-bar", r"(cereal|granola|nutrition|fitness|snack) bars?|marshmallow treats"), ("cereal", r".*cereal"), ("oatmeal", r".*(oatmeal|oats)|grits"), ("toaster-pastry", r"toaster pastries"), ("coffee-filter", r"coffee filters"), ("cake", r"coffee cake"), ("coffee", r".*coffee"), ("tea", r"(herbal )?tea( bags)?\b(?! (towel|cosy|set|light|party|time|cup))"),
    # snacks
    ("crisps-can", r"stacked potato"), ("tortilla-chips", r".*(tortilla|corn) chips"), ("crisps", r".*crisps"), ("pretzel", r"pretzels"), ("popcorn-box", r"microwave popcorn"), ("popcorn", r".*popcorn"), ("snack-mix", r".*snacks? mix|snack multipack|bagged snacks|savoury snacks|deli salted"),
    ("peanut", r"peanuts"), ("nut", r".*\b(nuts|almonds|pecans)"), ("dried-fruit", r"dried fruit|raisins"), ("fruit-snack", r"fruit snacks"), ("crouton", r".*croutons"), ("chocolate-bag", r"(seasonal )?bagged chocolates"), ("chocolate-bar", r".*chocolate (bar|spoon)|wafer chocolate|natural chocolate|.*chocolate\b"),
    ("gum", r"chewing gum"), ("mints", r"mints"), ("sweets", r".*\bsweets|candy|chilled caramel"),
    # bakery
    ("snack-cake", r".*snack cakes?|packed doughnuts"), ("doughnut", r".*doughnuts?"), ("bagel", r".*bagels"), ("roll", r".*english muffins"), ("muffin", r"fresh muffins|(decorated )?cupcakes|.*muffins$"), ("cake", r".*\b(cake|cakes)$|.*loaf cake"), ("pie", r".*\bpie$"), ("cookie", r".*cookies"), ("croissant", r"croissants|.*pastries|sweet rolls"), ("baguette", r"italian and french|breadsticks"),
    ("flatbread", r".*(tortillas|pitta)"), ("roll", r".*(dinner|sandwich) rolls"), ("bun", r".*buns"), ("loaf-dark", r"(wholewheat|rye)"), ("loaf", r".*\bbread$|bakery loaf"),
    # counters
    ("sandwich", r".*sandwich(es)?"), ("sushi", r"fresh sushi|sushi"), ("pizza", r".*pizza"), ("hot-chicken", r"hot (baked|fried|chicken)"), ("roast-chicken", r"hot rotisserie|whole chicken|fresh turkey"), ("dip", r".*\bdip\b"), ("cut-vegetables", r"cut vegetable|carrot sticks|broccoli and cauliflower florets"), ("cut-fruit", r"cut (fruit|melon)|apple slices|fruit and vegetable party"),
    ("bacon", r".*bacon"), ("hot-dog", r".*hot dogs"), ("ham", r"(half|whole).*ham"), ("salami", r"pepperoni|salami|sliced dry sausage"), ("sausage", r".*sausages?"), ("sliced-poultry", r"(sliced chicken|sliced deli turkey|packed deli turkey)"), ("mushroom", r"sliced white mushrooms"), ("sliced-meat", r"(sliced|bologna|ham)\b"), ("meal-box", r"lunch box combination"),
    ("mince", r".*minced"), ("burger", r".*(patties|burgers)"), ("chicken-breast", r"boneless chicken"), ("poultry", r".*(chicken|turkey)"), ("pork", r".*pork"), ("beef", r".*beef"), ("hot-dish", r"ready-to-heat"), ("shrimp", r".*(shrimp|prawn|seafood)"), ("salmon", r".*salmon"), ("white-fish", r".*fish fillet|fresh catfish"), ("fish", r"fish\b"),
    # the market
    ("apple-green", r"granny smith"), ("apple-gold", r"golden delicious"), ("apple", r".*\bapples"), ("pear", r".*\bpears"), ("banana", r".*bananas"), ("strawberry", r".*strawberr|organic berries"), ("blueberry", r"blueberr"), ("raspberry", r"raspberr"), ("blackberry", r"blackberr"), ("grapefruit", r"grapefruit"), ("tomato", r".*tomatoes"),
    ("grape-red", r"red grapes"), ("grape-green", r"(white|green) grapes"), ("grape", r".*grapes"), ("lemon", r"lemons"), ("lime", r"limes"), ("citrus", r".*(oranges|clementines|tangerines)"), ("melon-orange", r"cantaloupe"), ("melon-green", r"honeydew"), ("melon", r".*watermelon"), ("cherry", r".*cherries"), ("peach", r"peaches|nectarines"), ("plum", r"plums"), ("mango", r"mango"), ("pineapple", r"fresh pineapple"), ("avocado", r"avocado"), ("kiwi", r"kiwi"),
    ("chilli", r"(jalape|serrano|chill)"), ("pepper-green", r"green peppers"), ("pepper", r".*peppers"), ("salad-bowl", r"salad bar bowl"), ("salad-bag", r"(garden salad|salad blend|salad kit|salad spinach|coleslaw|organic salad)"), ("lettuce", r".*lettuce"), ("cabbage", r"cabbage"), ("herb", r"(fresh|organic) (coriander|parsley|herbs)"), ("leafy-greens", r"(leafy greens|bunched spinach)"),
    ("broccoli", r"broccoli"), ("cauliflower", r"cauliflower"), ("asparagus", r"asparagus"), ("celery", r"celery"), ("green-bean", r"fresh green beans"), ("corn-white", r"white corn"), ("corn", r".*corn on the cob"), ("cucumber", r"cucumbers"), ("courgette", r"courgettes"), ("summer-squash", r".*summer squash"), ("squash", r".*squash"), ("carrot", r".*carrots"), ("radish", r"radishes"),
    ("spring-onion", r"spring onions"), ("onion-red", r"red onions"), ("onion-white", r"(white|sweet) onions"), ("onion", r".*onions"), ("garlic", r"garlic"), ("sweet-potato", r"sweet potatoes"), ("potato-red", r"red potatoes"), ("potato", r".*potatoes"), ("mushroom-brown", r"portobello"), ("mushroom", r".*mushrooms"), ("vegetable-bag", r"(mixed fresh|organic) vegetables"),
)

_HOME: Final = (
    ("fabric-softener", r"fabric softener$|fabric refresher"), ("dryer-sheets", r"fabric softener sheets"), ("laundry-powder", r"laundry powder"), ("laundry", r".*laundry"), ("bleach", r".*bleach"), ("dish-liquid", r"washing-up"), ("dishwasher", r"dishwasher"), ("spray-cleaner", r"(bathroom|glass|carpet) cleaner|furniture polish|spray starch"), ("toilet-cleaner", r"(toilet|floor) cleaner"), ("scouring-powder", r"scouring|carpet freshener"),
    ("wipes", r"(cleaning|cleansing) wipes|floor wipe"), ("gloves", r".*\bgloves"), ("cleaning-tool", r"(cleaning brush|mop|household sponges|scrub)"), ("insect-spray", r".*roach|insect"), ("candle", r".*(candle|t-light|tealight|lantern|incense)"), ("air-freshener", r".*(air freshener|disinfectant)"),
    ("toilet-paper", r"toilet tissue|toilet roll"), ("paper-towel", r"paper towels"), ("tissue", r".*tissues?\b"), ("napkin", r".*napkins?"), ("foil", r"aluminium foil|cling film|wax paper"), ("bin-bag", r".*bin bags"), ("storage-bag", r"(food storage|freezer|sandwich|cooking|paper lunch) bags"), ("foil-tray", r"(foil trays|metal baking|baking cups|.*baking (mould|set|case)|.*cake (tin|case)|.*tins?\b)"), ("mug", r".*\b(mugs?|tea ?cups?|teacups?|coffee cup)"), ("tableware", r".*(plates?|paper cups|plastic c|cutlery|bowls?|saucer|cakestand|cake stand|tray|dish|glass(es)?)\b"),
    ("kitchen", r".*(kitchen|saucepan|pan|spoon|jug|teapot|tea set|apron|tea towel|recipe|egg cup|jar|storage|cook|cutter|oven|lunch box|bottle|flask|coaster|placemat|doormat)"), ("battery", r".*batteries"), ("bulb", r".*(bulbs?|lamp|light|lights|torch)\b"), ("charcoal", r"charcoal|barbecue light|grill"),
    ("bag", r".*\b(bags?|shopper|purse|baskets?|wallet|satchel|suitcase|trolley)\b"), ("gift-wrap", r".*(wrap|ribbons?|gift tape|gift box|gift tag)"), ("card", r".*\bcards?\b"), ("party", r".*(party|bunting|balloon|garland|streamer|confetti)"), ("stationery", r".*(pens?\b|pencils?|tape|notebook|sketchbook|stationery|sticker|stamp|sewing kit|ruler|eraser|chalk|envelope|paper chain|crayon)"),
    ("camera", r".*camera"), ("toy-car", r"toy car|.*vehicles?"), ("ball", r"play ball"), ("newspaper", r"newspaper"), ("magazine", r".*magazine"), ("roses", r"bunch of roses"), ("flowers", r".*(flower|bouquet|rose bush|wreath)"), ("clock", r".*clock"), ("mirror", r".*mirror"), ("frame", r".*(frame|sign|picture|plaque|metal letter|wall art|poster|block letter|print|painting|hook|hanger|drawer knob|doorstop|cabinet)"),
    ("toy", r".*(toys?\b|soft toy|doll|game|skittles|puzzle|teddy|rabbit|dinosaur|spaceboy|jigsaw|playhouse|knitting|children|kids)"), ("ornament", r".*(christmas|ornament|decoration|hanging|heart|bauble|star|bird|angel|easter|feather|butterfly|fairy|chime|charm|necklace|bracelet|earrings|ring\b|brooch|keyring|key ring|jewel)"),
    ("music", r"music|artists?|albums?|songs?|tracks?|vinyl"), ("film", r"films?|movies?|video|dvd|tv|series"), ("article", r"articles?|news|blog"), ("book", r"books?|novels?"), ("trip", r"trips?|travel|tours?|hotels?|flights?|holidays?"),
    ("ornament", r".*(bangles?|bells?|puppet|beads?|diamante|hair grip|glitter|house|garland|figurine|cherub|gnome|wicker|crystal)"), ("kitchen", r".*(rack|holder|organi[sz]er|mat|towel|stool|drawers?|chest|cover|cosy|funnel|scale|shelf|cases?|bucket|watering|trivet|tidy|bin|heater|fan|straws?|napkins?)\b"), ("kitchen", r".*(wooden|ceramic|enamel|metal|cushion|rug|blanket|parasol|umbrella|garden|planter|pot\b|box(es)?|set of)"),
)

_BEAUTY: Final = (
    ("wipes", r".*(cotton (balls|swabs|rounds|pads)|cotton & swabs|towelettes)"), ("nail-polish", r"nail (polish|lacquer|color|colour)|.*(base & top coats|top coat|nail polish)"), ("nail-care", r".*\b(nails?|manicure|cuticle|pedicure)"), ("make-up-brush", r".*(brush sets|makeup brush|face brush|foundation brushes|powder brushes|eye brushes|eyeshadow brushes|blush brushes|kabuki|makeup sponge|sponges & appl|brushes & appl|puffs, sponges|wedges)|makeup sets brushes|concealers & neutralizer brushes|liner brushes|lip brushes"), ("mascara", r".*(mascara|eyelash|lash|false eyelashes|eyelash tools)"),
    ("make-up-pencil", r".*(eyeliner|lip liner|liners?\b|brow|eyebrow|kajal|pencil)"), ("lip-care", r".*(lip (balm|care|butter)|balms & treatments|chapstick|lip balms|lip treatments)"), ("lipstick", r".*(lipstick|lip gloss|lip stain|lip plumper|\blips?\b)"), ("powder", r".*(eye ?shadow|blush|bronzer|powder|highlighter|palette|compact|luminizer)"), ("foundation", r".*(foundation|concealer|primer|bb cream|makeup base|tinted)"), ("mirror", r".*mirror"),
    ("hair-colour", r".*(hair (color|colour|dye|bleach)|chemical hair dyes|colou?rants?|hair mascaras|henna|highlights)|hair relaxers"), ("shampoo", r".*(shampoo)"), ("conditioner", r".*(conditioner|hair mask|hair treatment|hair & scalp|hair loss|hair perms)"), ("hair-spray", r".*(hair ?spray|dry shampoo)"), ("hair-tool", r".*(hair dryer|dryer|flat iron|straighten|curling|styling tools|hot-air|rollers?|irons?|clipper|trimmer|diffusers|hair curler|epilator|crimper|waver)"), ("hair-brush", r".*(hair ?brush(es)?|comb\b|combs\b|brushes & combs)"),
    ("hair-accessory", r".*(hair (accessor|clip|pin|band|extension|wig|drying)|extensions|wigs?\b|headband|clips|scrunch|bobby|barrette|elastics|side combs)"), ("hair-styling", r".*(styling|pomade|mousse|hair gel|gels?$|putties|clays|waxes|hair (cream|oil|serum)|creams, gels & lotions|hair oils)"), ("sun-care", r".*(sun ?screen|sunscreens|\bspf\b|sun (care|protection)|tanning|self-tan|after sun)"), ("perfume", r".*(perfume|fragrance|cologne|eau de|parfum|body spray|body mist|scented oils)|sets & kits perfume|dusting powders|candles & home"),
    ("shaving", r".*(razor|shav(ing|er)s?\b(?! cream)|blades?\b|beard|hair removal|wax(ing)?\b|tweezers?|depilator|scissors)"), ("shaving-cream", r".*(shaving cream|aftershave|shave)"), ("deodorant", r".*(deodorant|antiperspirant)"), ("eye-care", r".*(eye (cream|gel|treatment|serum|care|balms?)|dark circle|\beyes?\b|puffiness)"), ("face-mask", r".*(masks?|peels?|exfoliat|scrubs?)\b"), ("toner", r".*(toner|astringent|rosewater|micellar)"), ("serum", r".*(serum|essential oil|argan|fluid|oils?\b|treatment|vitamin c|essence)"), ("face-wash", r".*(cleanser|face wash|facial wash|washes|cleans|makeup remover)"),
    ("cream-jar", r".*(moisturiz|moisturis|creams?\b|night|face cream|anti-?ag|wrinkle|firming|cellulite|acne|repair|butter)"), ("hand-soap", r"liquid hand|hand soap|hand wash"), ("soap", r".*\b(bar soaps?|soaps?)\b"), ("body-wash", r".*(body wash|shower gel|body washes|bath & shower)"), ("bath", r".*(bath|salts|bubble|loofah|spa\b)"), ("lotion", r".*(lotions?|body|hands?\b|feet|foot|hand cream|massage)"), ("toothpaste", r".*toothpaste"), ("toothbrush", r".*tooth ?brush"), ("mouthwash", r".*mouthwash"), ("floss", r".*(floss|dental|oral)"), ("first-aid", r".*(plaster|bandage|first aid(?! cream))"),
    ("ointment", r".*(first aid cream|anti-itch|muscle rub|ointment)"), ("cough", r"cough and cold|children's pain"), ("medicine-bottle", r"(multi)?vitamins?|pain relief|antacid|supplement"), ("nutrition-drink", r"nutrition (shake|drink)|adult nutrition"), ("medicine", r"(laxative|allergy|cough drops)"), ("hygiene", r"(tampons|sanitary|incontinence)"), ("make-up-brush", r".*(brush|applicator)"), ("bag", r".*(bags? & cases|bag|case|organizer)"), ("hair-styling", r".*\bhair\b"), ("powder", r".*(makeup|make-up|face)\b"), ("cream-jar", r".*skin"), ("beauty", r".*(beauty|cosmetic)"),
)

_COSMETICS: Final = re.compile(r"beauty|cosmetic|health|personal care|make-?up")
_GENERAL: Final = re.compile(r"gift|home|household|garden|toy|music|film|movie|book|news|travel|article|video")


#: What is sold by the gallon comes in a jug.
_JUGS: Final = {"milk": "milk-jug", "water": "water-jug", "iced-tea": "tea-jug",
                "juice-orange": "juice-jug", "juice-carton": "juice-jug", "juice": "juice-jug"}


def _compiled(rules: Sequence[tuple[str, str]]) -> list[tuple[str, re.Pattern[str]]]:
    whole = ((group, words.replace(".*(", r".*\b(")) for group, words in rules)
    return [(group, re.compile(rf"\b(?:{words})")) for group, words in whole]


_RULES: Final = {"food": _compiled(_FOOD), "home": _compiled(_HOME), "beauty": _compiled(_BEAUTY)}


def group_for(category_path: Sequence[str], title: str) -> str:
    """The picture group of a product; the plain parcel where no word is known."""
    return _group_for(tuple(category_path), title)


@lru_cache(maxsize=4096)
def _group_for(path: tuple[str, ...], title: str) -> str:
    root = path[0].lower() if path else ""
    if _COSMETICS.search(root):
        order = ("beauty", "home", "food")
    elif _GENERAL.search(root):
        order = ("home", "food", "beauty")
    else:
        order = ("food", "home", "beauty")
    for words in (path[-1:] or ("",))[0], title, *reversed(path[:-1]):
        text = words.lower()
        for name in order:
            for group, pattern in _RULES[name]:
                if pattern.search(text):
                    return _JUGS.get(group, group) if "gallon" in title.lower() else group
    return PLAIN
