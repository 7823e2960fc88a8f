# fmt: off

"""Picture groups of the house, the bathroom, the nursery, pets, media, and the plain parcel."""

from __future__ import annotations

from typing import Final

from catalog.pictures import beauty, flacons, home, packets, vessels
from catalog.pictures.group import Group, group

#: Hues of the walls, in degrees.
_CLEAN = 188
_BEAUTY = 338
_HEALTH = 160
_BABY = 264
_PET = 66
_HOME = 30
_MEDIA = 248
_SEA = 196

HOME: Final[dict[str, Group]] = {
    # Household
    "laundry": group("Laundry detergent", _CLEAN, flacons.detergent, "shirt"),
    "laundry-powder": group("Laundry powder", _CLEAN, packets.box, "shirt"),
    "fabric-softener": group("Fabric softener", _CLEAN, flacons.detergent, "flower"),
    "dryer-sheets": group("Softener sheets", _CLEAN, packets.flat_box, "shirt"),
    "bleach": group("Bleach", _CLEAN, vessels.jug, "sparkle", fill="#eef2f6"),
    "dish-liquid": group("Washing-up liquid", _CLEAN, flacons.flip, "bubbles"),
    "dishwasher": group("Dishwasher detergent", _CLEAN, packets.box, "plate"),
    "spray-cleaner": group("Spray cleaners", _CLEAN, flacons.spray, "sparkle"),
    "toilet-cleaner": group("Floor and toilet cleaners", _CLEAN, flacons.flip, "sparkle"),
    "scouring-powder": group("Scouring powder", _CLEAN, packets.canister, "bubbles"),
    "wipes": group("Cleaning wipes", _CLEAN, beauty.wipes, "sparkle"),
    "cleaning-tool": group("Sponges and brushes", _CLEAN, home.cleaning),
    "gloves": group("Gloves", _CLEAN, home.gloves),
    "insect-spray": group("Insect sprays", _CLEAN, flacons.aerosol, "bug"),
    "air-freshener": group("Air fresheners", _CLEAN, flacons.aerosol, "flower"),
    "candle": group("Candles", _HOME, home.candle),
    "toilet-paper": group("Toilet tissue", _CLEAN, packets.roll_pack, "flower"),
    "paper-towel": group("Paper towels", _CLEAN, packets.roll_pack, "drop"),
    "tissue": group("Tissues", _CLEAN, packets.tissue_box, "flower"),
    "napkin": group("Paper napkins", _CLEAN, packets.flat_box, "plate"),
    "foil": group("Foil and film", _CLEAN, packets.roll_box, "shine"),
    "storage-bag": group("Food bags", _CLEAN, packets.flat_box, "bread"),
    "bin-bag": group("Bin bags", _CLEAN, packets.roll_box, "drop"),
    "foil-tray": group("Baking tins and trays", _HOME, home.foil_tray),
    "tableware": group("Plates, cups and cutlery", _HOME, home.plates),
    "kitchen": group("Kitchenware", _HOME, home.kitchen),
    # Home and leisure
    "battery": group("Batteries", _HOME, home.batteries),
    "bulb": group("Light bulbs", _HOME, home.bulb),
    "charcoal": group("Barbecue", _HOME, home.charcoal),
    "card": group("Greeting cards", _MEDIA, home.card, "heart"),
    "gift-wrap": group("Gift wrap", _MEDIA, home.gift_wrap),
    "party": group("Party supplies", _MEDIA, home.gift_wrap),
    "stationery": group("Stationery", _MEDIA, home.pens),
    "camera": group("Cameras", _MEDIA, home.camera),
    "magazine": group("Magazines", _MEDIA, home.magazine, "star"),
    "newspaper": group("Newspapers", _MEDIA, home.newspaper),
    "book": group("Books", _MEDIA, home.book, "star"),
    "toy": group("Toys", _MEDIA, home.toy),
    "toy-car": group("Toy vehicles", _MEDIA, home.toy_car),
    "ball": group("Balls", _MEDIA, home.play_ball),
    "bag": group("Bags", _HOME, home.bag),
    "mug": group("Mugs and cups", _HOME, home.mug, "heart"),
    "clock": group("Clocks", _HOME, home.clock),
    "frame": group("Frames, signs and pictures", _HOME, home.frame, "heart"),
    "ornament": group("Decorations", _HOME, home.light_string, "star"),
    "music": group("Music", _MEDIA, home.vinyl),
    "film": group("Films and video", _MEDIA, home.film),
    "article": group("Articles", _MEDIA, home.article),
    "trip": group("Trips", _SEA, home.suitcase),
    # Pets and baby
    "cat-can": group("Canned cat food", _PET, vessels.can, "cat"),
    "cat-dry": group("Dry cat food", _PET, packets.pouch, "cat"),
    "cat-litter": group("Cat litter", _PET, packets.pouch, "paw"),
    "dog-can": group("Canned dog food", _PET, vessels.can, "dog"),
    "dog-dry": group("Dry dog food", _PET, packets.pouch, "dog"),
    "dog-treat": group("Dog treats", _PET, packets.box, "dog"),
    "baby-food": group("Baby food", _BABY, vessels.jar, "baby", fill="#eaa74f"),
    "baby-formula": group("Infant formula", _BABY, packets.canister, "baby"),
    "baby-bottle": group("Baby bottles", _BABY, beauty.baby_bottle),
    "baby-wash": group("Baby wash", _BABY, flacons.pump, "baby"),
    "baby-wipes": group("Baby wipes", _BABY, beauty.wipes, "baby"),
    "nappies": group("Nappies", _BABY, packets.big_pack, "baby"),
    # Health and beauty
    "medicine": group("Medicine", _HEALTH, packets.flat_box, "pill"),
    "medicine-bottle": group("Tablets and vitamins", _HEALTH, flacons.pill_bottle, "pill"),
    "cough": group("Cough and cold remedies", _HEALTH, vessels.bottle, "cross", fill="#a63a4a"),
    "first-aid": group("Plasters and bandages", _HEALTH, beauty.plasters),
    "ointment": group("Ointments", _HEALTH, flacons.tube, "cross"),
    "nutrition-drink": group("Nutrition drinks", _HEALTH, flacons.flip, "heart"),
    "hygiene": group("Sanitary care", _BEAUTY, packets.big_pack, "flower"),
    "soap": group("Soap", _BEAUTY, beauty.soap),
    "hand-soap": group("Hand soap", _BEAUTY, flacons.pump, "hand"),
    "body-wash": group("Body wash", _BEAUTY, flacons.flip, "shower"),
    "lotion": group("Body lotion", _BEAUTY, flacons.pump, "flower"),
    "deodorant": group("Deodorant", _BEAUTY, flacons.stick),
    "shaving": group("Razors", _BEAUTY, beauty.razor),
    "shaving-cream": group("Shaving cream", _BEAUTY, flacons.aerosol, "bubbles"),
    "shampoo": group("Shampoo", _BEAUTY, flacons.flip, "hair"),
    "conditioner": group("Conditioner", _BEAUTY, flacons.tube, "hair"),
    "hair-spray": group("Hair spray", _BEAUTY, flacons.aerosol, "hair"),
    "hair-colour": group("Hair colour", _BEAUTY, packets.box, "face"),
    "hair-styling": group("Hair styling", _BEAUTY, flacons.tube, "hair"),
    "hair-tool": group("Hair dryers and irons", _BEAUTY, beauty.hair_tool),
    "hair-brush": group("Brushes and combs", _BEAUTY, beauty.hair_brush),
    "hair-accessory": group("Hair accessories", _BEAUTY, beauty.hair_bow),
    "toothpaste": group("Toothpaste", _HEALTH, flacons.tube, "tooth"),
    "toothbrush": group("Toothbrushes", _HEALTH, beauty.toothbrush),
    "mouthwash": group("Mouthwash", _HEALTH, vessels.bottle, "tooth", fill="#5fb8b0"),
    "floss": group("Dental floss", _HEALTH, packets.box, "tooth"),
    "cream-jar": group("Face cream", _BEAUTY, flacons.pot, "flower"),
    "serum": group("Serums and oils", _BEAUTY, flacons.dropper, "drop"),
    "face-wash": group("Cleansers", _BEAUTY, flacons.tube, "bubbles"),
    "face-mask": group("Masks and peels", _BEAUTY, packets.sachet, "face"),
    "toner": group("Toners", _BEAUTY, vessels.bottle, "flower", fill="#f3d3dc"),
    "eye-care": group("Eye care", _BEAUTY, flacons.pot, "eye"),
    "lip-care": group("Lip balm", _BEAUTY, flacons.stick),
    "sun-care": group("Sun care", _BEAUTY, flacons.flip, "sun"),
    "lipstick": group("Lipstick", _BEAUTY, beauty.lipstick),
    "nail-polish": group("Nail polish", _BEAUTY, beauty.nail_polish),
    "nail-care": group("Nail care", _BEAUTY, packets.flat_box, "hand"),
    "foundation": group("Foundation", _BEAUTY, flacons.pump, "face", fill="#e6bd98"),
    "powder": group("Powder, blush and eye shadow", _BEAUTY, beauty.compact),
    "mascara": group("Mascara", _BEAUTY, beauty.mascara),
    "make-up-pencil": group("Eye and lip pencils", _BEAUTY, beauty.pencil),
    "make-up-brush": group("Make-up brushes", _BEAUTY, beauty.brush),
    "mirror": group("Mirrors", _BEAUTY, beauty.mirror),
    "perfume": group("Perfume", _BEAUTY, beauty.perfume),
    "bath": group("Bath", _BEAUTY, packets.pouch, "bubbles"),
    "beauty": group("Beauty", _BEAUTY, packets.box, "flower"),
    "parcel": group("Everything else", _HOME, home.parcel),
}
