"""What the brand sells and where: products with prices and costs, stores, regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# sku, French, English, category, price and cost in cents without tax, how often it is bought
_GOODS = """
TE-101|Thé vert jasmin 50 g|Jasmine green tea 50 g|tea|590|210|6
TE-102|Earl Grey bleu 100 g|Blue Earl Grey 100 g|tea|790|290|9
TE-103|Breakfast du Nord 100 g|Northern breakfast 100 g|tea|750|270|8
TE-104|Sencha du printemps 50 g|Spring sencha 50 g|tea|1150|450|3
TE-105|Rooibos vanille 100 g|Vanilla rooibos 100 g|tea|690|240|5
TE-106|Infusion verveine menthe 40 g|Verbena and mint infusion 40 g|tea|640|220|6
TE-107|Thé fumé 100 g|Smoked tea 100 g|tea|890|340|2
TE-108|Matcha de cérémonie 30 g|Ceremonial matcha 30 g|tea|2490|1150|2
TE-109|Thé noir quatre fruits rouges 100 g|Red berries black tea 100 g|tea|820|300|7
CA-201|Café moulu Maison 250 g|House ground coffee 250 g|coffee|720|330|10
CA-202|Café en grains Éthiopie 250 g|Ethiopia beans 250 g|coffee|980|480|7
CA-203|Café en grains Brésil 1 kg|Brazil beans 1 kg|coffee|2650|1350|5
CA-204|Décaféiné 250 g|Decaf 250 g|coffee|850|400|4
CA-205|Capsules Maison x30|House capsules x30|coffee|1090|520|9
CA-206|Café vert du mois 250 g|Bean of the month 250 g|coffee|1190|600|3
CH-301|Tablette noir 72 % 100 g|Dark bar 72% 100 g|chocolate|480|190|12
CH-302|Tablette lait noisettes 100 g|Milk hazelnut bar 100 g|chocolate|490|190|12
CH-303|Ballotin 16 pralinés|16 pralines|chocolate|1690|680|8
CH-304|Ballotin 32 pralinés|32 pralines|chocolate|3090|1230|5
CH-305|Orangettes 150 g|Orange sticks 150 g|chocolate|1150|450|5
CH-306|Pâte à tartiner 250 g|Hazelnut spread 250 g|chocolate|790|310|8
CH-307|Truffes 200 g|Truffles 200 g|chocolate|1550|610|6
CH-308|Chocolat chaud en poudre 300 g|Drinking chocolate 300 g|chocolate|990|380|6
CH-309|Caramels beurre salé 200 g|Salted butter caramels 200 g|chocolate|890|340|7
GI-401|Coffret découverte thés|Tea discovery box|gift|2490|1010|4
GI-402|Coffret gourmand|Gourmet hamper|gift|4490|1900|3
GI-403|Calendrier de l'avent|Advent calendar|gift|3290|1390|2
GI-404|Coffret café du monde|Coffees of the world box|gift|3490|1600|2
GI-405|Grand coffret Alizé|Grand Alizé hamper|gift|7900|3500|1
WA-501|Théière fonte 0,8 l|Cast-iron teapot 0.8 l|ware|4900|2300|1
WA-502|Mug grès|Stoneware mug|ware|1490|640|4
WA-503|Infuseur inox|Steel infuser|ware|890|330|4
WA-504|Cafetière à piston 1 l|French press 1 l|ware|2990|1400|2
WA-505|Boîte à thé laquée|Lacquered tea tin|ware|1290|520|3
"""

STORES = (
    ("PAR1", "Alizé Marais", "Paris", "Île-de-France", "FR"),
    ("PAR2", "Alizé Batignolles", "Paris", "Île-de-France", "FR"),
    ("LIL1", "Alizé Vieux-Lille", "Lille", "Hauts-de-France", "FR"),
    ("LYO1", "Alizé Presqu'île", "Lyon", "Auvergne-Rhône-Alpes", "FR"),
    ("BDX1", "Alizé Chartrons", "Bordeaux", "Nouvelle-Aquitaine", "FR"),
    ("NTE1", "Alizé Bouffay", "Nantes", "Pays de la Loire", "FR"),
    ("LON1", "Alizé Marylebone", "London", "London", "GB"),
    ("EDI1", "Alizé Stockbridge", "Edinburgh", "Scotland", "GB"),
    ("BRS1", "Alizé Clifton", "Bristol", "South West", "GB"),
)
TAX = {"FR": 0.055, "GB": 0.20}
SHIPPING = 490
FREE_FROM = 4500


@dataclass(frozen=True)
class Goods:
    """The products by rising price: names, cents, and how often each is bought (adds up to 1)."""

    sku: np.ndarray
    name_fr: np.ndarray
    name_en: np.ndarray
    category: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    share: np.ndarray


def goods() -> Goods:
    """Return all products, the cheapest first.

    Examples
    --------
    >>> int(goods().price[0]), str(goods().name_en[0])
    (480, 'Dark bar 72% 100 g')
    """
    rows = [line.split("|") for line in _GOODS.strip().splitlines()]
    rows.sort(key=lambda row: (int(row[4]), row[0]))
    sku, french, english, kind = (
        np.array([row[place] for row in rows], dtype=object) for place in range(4)
    )
    price, cost, often = (np.array([int(row[place]) for row in rows]) for place in (4, 5, 6))
    return Goods(sku, french, english, kind, price, cost, often / often.sum())


def nearest_store(region: np.ndarray, country: np.ndarray) -> np.ndarray:
    """Return the store (index into `STORES`) of each person: in their region, else their country.

    People of one region without a store all go to the same one of their country.
    """
    made = np.zeros(len(region), np.int64)
    for land in ("FR", "GB"):
        shops = [place for place, store in enumerate(STORES) if store[4] == land]
        for name in np.unique(region[country == land].astype(str)):
            own = [place for place in shops if STORES[place][3] == name]
            mine = np.flatnonzero((region == name) & (country == land))
            choice = own or [shops[sum(map(ord, name)) % len(shops)]]
            made[mine] = np.array(choice)[np.arange(len(mine)) % len(choice)]
    return made
