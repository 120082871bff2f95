"""Names of brands that are ordinary words as well, in French and in English."""

from __future__ import annotations

from rapport.listening.normalise import folded

_SHORTEST = 3

# Words that brands are called, and that people write without meaning a brand.
_WORDS = """
accord acorn action adagio air alpine amazon angel apple arc argos ariel arrow aspect atlas atol
avis axe azur balance bamba bamboo banana basic beans bee bell belle best bic bien blue body bolt
bond boots boss bounty box brave breeze bridge bruno brut but cable camaieu camel canal candy
canon carat cardinal carrefour casa cascade casino castle celeste chance chase cheer chez citizen
citron city claire clear click clinique cloud club coach coast colis comet comfort compass concept
concorde coop core cosmos courage courir croc cross crown daily dash dawn dell delta diesel direct
divine dixie dove dream duel dune duo eau echo eclair eclipse eden edge element elite elle emma
energy engie epic escape esprit essence etam ete etoile eureka ever exact excellence express extra
falcon fanta fiat figaro fitness flash fleur flex flora flow flunch focus force ford forever fox
frame free freedom fresh fruit fuse galaxy gap garden gemini general genie glade glass global
globe go gold good grand green guess habitat halo happy harmony head heart hello here heritage
hero home honest honey hop horizon house hugo icon idol impact impulse indigo innocent inter iris
ivory jaguar jasmin jazz jet joker joy jules jumbo jump jungle junior kart kate key kind king kiwi
ladder lancer land leader leaf legend level libre life lift light lime lincoln lion lise live
local logic loom loop lotus love lucky lumen luna lune lux magic magnum maison mango marathon mark
marks mars match matrix maximum mercury meta metro micro milk minute miracle mister mode monday
monde moon mosaic motion muse mustang natura nature nest net never new next nexus nice noble nord
nothing nous nova now oasis ocean odd omega omo on one open optic oracle oral orange orbit organic
origin oscar osez outback oxygen palace palm panda panther paradise parrot peak pearl penguin
pepper phoenix picard pilot pink pixel planet play point polo pop post premier presto prime
princess printemps prisma proton pulse puma pure quality queen quick quiet radar rainbow ralph
range raw razor reach real rebel red relais relay repair revolution ripple rival river rock rose
royal rubis ruche safari saga sage salon samba sante saturn scala scout secret sense serenity
seven shark shell shift shine shoes signal silk simple sky slack smart smooth snap soda soleil
solo sonic soul source spa spar spark spirit splash spot spring sprint sprite square standard star
stella still stone storm stripe studio subway sun sunny super sure surf swan swatch swift switch
target tasty tempo temps tide tiger time titan today tomato total touch tower toys triumph twist
twix u uber ultra union unique united urban vanish vans vega venus veritas vert victoria viking
vinci virgin visa vision visit vista vital viva vivo vogue vue wave whisper white wild win wish
wonder world yellow yes yoga zen zenith zest zoom
"""
ORDINARY = frozenset(_WORDS.split())


def is_ordinary(name: str) -> bool:
    """Return whether a name is an ordinary word as well, so that the word alone proves nothing.

    Names of one or two letters count as such.

    Examples
    --------
    >>> [is_ordinary(name) for name in ("Orange", "Nature", "Maison Alizé", "U", "H&M")]
    [True, True, False, True, True]
    """
    letters = folded("".join(sign for sign in name if sign.isalnum()))
    return len(letters) < _SHORTEST or folded(name.strip()) in ORDINARY
