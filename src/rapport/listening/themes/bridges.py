"""One topic in two languages: French and English words for the same thing.

Pairs written for this project. They only decide which topics are told as one; each side keeps its
own words and messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rapport.listening.normalise import folded
from rapport.listening.themes.wording import stem

JOINED = 0.25  # cosine of the words' meanings from which two topics are one

_PAIRS = """
abonnement subscription|abonné subscriber|accueil welcome|achat purchase|acheter buy
adresse address|affichage display|agence branch|agrandir enlarge|aide help|ajouter add
alarme alarm|allergène allergen|allergie allergy|annulation cancellation|annuler cancel
anniversaire birthday|appareil device|appel call|appeler call|appli app|application app
arachide peanut|argent money|assurance insurance|atelier workshop|attente waiting|attendre wait
autonomie life|avion plane|avocat lawyer|bagage luggage|bagages bag|banque bank|batterie battery
beurre butter|bière beer|billet ticket|bio organic|blanc white|bleu blue|bloqué stuck|bocal jar
boire drink|boîte box|bon voucher|bougie candle|bouteille bottle|boutique shop|boutique store
bouton button|bracelet band|bug bug|bugue crash|plante crash|cadeau gift|café coffee
cafetière coffeepot|caisse checkout|caisse till|calendrier calendar|calorie calorie
caramel caramel|carte card|carton carton|cassé broken|casser break|chaîne channel
changement change|changer change|charge charge|chargement loading|chauffage heating
chaussure shoe|cher expensive|chocolat chocolate|choix choice|client customer|code code
coffret box|colis parcel|commande order|commander order|composition ingredients|compte account
compteur meter|concours contest|conducteur driver|conduite driving|connexion connection
connecter connect|conseiller advisor|conservateur preservative|contrat contract|coque case
cœur heart|couleur colour|coupon coupon|courrier mail|courriel email|course run|coût cost
création creation|cuir leather|danger danger|date date|délai delay|délai delivery|dépôt deposit
devis quote|diabétique diabetic|dimension size|disponible available|disponibilité availability
donnée data|douane customs|droit right|eau water|échange exchange|échantillon sample|écran screen
emballage packaging|emballage wrapping|embauche hiring|emploi job|enquête survey|ensemble set
entraînement training|entraînement workout|équipe team|erreur error|étape step|étoile star
excuse apology|expédition shipping|facture invoice|farine flour|fermé closed|fermer close
fermeture closing|feuille leaf|fidélité loyalty|fleur flower|foire fair|fonction feature
fonctionnalité feature|forfait plan|formation training|formulaire form|four oven|frais fee
frais shipping|frais fresh|français french|fréquence rate|fréquence heart|fruit fruit|fuite leak
gamme range|garantie warranty|gluten gluten|goût taste|goût flavour|grossesse pregnancy
gratuit free|historique history|horaire opening|hôtel hotel|hôtesse attendant|huile oil
identifiant login|impression print|inscription registration|ingrédient ingredient
installation installation|interface interface|internet internet|intolérant intolerant
jardin garden|jeu game|jouet toy|kilomètre mile|lait milk|langue language|lessive detergent
lien link|ligne line|ligne online|linge laundry|livraison delivery|livraison shipping
livré delivered|livrer deliver|livreur courier|livreur driver|logement housing|logiciel software
machine machine|magasin shop|magasin store|maintenance maintenance|mail email|maladie illness
malade sick|manger eat|marque brand|matériel equipment|menthe mint|menu menu|message message
mesure measure|météo weather|meuble furniture|miel honey|montre watch|motif pattern
mise à jour update|mot password|mousse mousse|moteur engine|musique music|napperon doily
noël christmas|noir dark|noix nut|noisette hazelnut|nom name|notification notification
notice manual|numéro number|offre offer|œuf egg|odeur smell|ordonnance prescription
origine origin|ouvert open|ouverture opening|ouvrir open|paiement payment|payer pay|pain bread
palme palm|panier basket|panne outage|panne breakdown|papier paper|pâques easter|parfum scent
parrain referral|parrainage referral|passeport passport|pâte spread|pâte dough|payant paid
peau skin|perdu lost|personnel staff|photo photo|pièce part|pied foot|plage beach
plastique plastic|point point|politique policy|portable mobile|portefeuille wallet|poste mail
poids weight|poupée doll|prise socket|prix price|produit product|produit item|programme programme
programme program|promo promo|promotion promotion|publicité advert|pub ad|qualité quality
queue queue|quantité quantity|rappel recall|ration portion|rayon shelf|recette recipe
réclamation claim|recharge refill|recyclable recyclable|recrutement hiring|recruter hiring
réduction discount|relais pickup|remboursement refund|rembourser refund|remplacement replacement
rendez-vous appointment|réparation repair|réponse answer|réponse reply|réservation booking
réservé booked|réseau network|retard delay|retard late|retour return|retourner return
réunion meeting|rupture stock|sac bag|saison season|saveur flavour|savon soap|sécurité security
sel salt|semelle sole|service service|siège seat|signal signal|site site|site website|soldes sale
sommeil sleep|son sound|sport sport|standard phone|stock stock|sucre sugar|suivi tracking
synchronisation sync|synchroniser sync|tablette bar|taille size|tarif price|tasse cup|tasse mug
taxe tax|téléphone phone|température temperature|thé tea|théière teapot|ticket receipt
tisane infusion|toilettes toilet|train train|traduction translation|transfert transfer
transport transport|transporteur carrier|travaux works|tube tube|valise suitcase|vanille vanilla
vélo bike|vendeur assistant|vendeuse assistant|vendeur seller|vente sale|vert green
vêtement clothes|verveine verbena|viande meat|vidéo video|ville city|visage face|vol flight
voiture car|voix voice|voyage trip|vrac loose|abîmé damaged|état state|état condition
papillon butterfly
"""


@cache
def meanings() -> Mapping[str, frozenset[str]]:
    """Return for each French stem the English stems that mean the same."""
    found: dict[str, set[str]] = {}
    for pair in _PAIRS.replace("\n", "|").split("|"):
        french, _, english = pair.strip().rpartition(" ")
        if french:
            found.setdefault(_last(french), set()).add(stem(folded(english)))
    return {french: frozenset(english) for french, english in found.items()}


def _last(words: str) -> str:
    return stem(folded(words.rsplit(maxsplit=1)[-1] if "mise" not in words else "mise"))


def translated(stems: Mapping[str, float]) -> dict[str, float]:
    """Return a French topic's stems as English ones; what has no translation stays.

    Examples
    --------
    >>> translated({stem("livraison"): 0.8, stem("matcha"): 0.6})["matcha"]
    0.6
    """
    found: dict[str, float] = {}
    for french, weight in stems.items():
        english = meanings().get(french, frozenset({french}))
        for each in english:
            found[each] = found.get(each, 0.0) + weight / len(english) ** 0.5
    return found
