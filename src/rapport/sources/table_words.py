"""Which column of which table a header means, for everything that is not a purchase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_DATE = (
    "date", "day", "timestamp", "date time", "datetime", "time", "created at", "created on",
    "jour", "horodatage", "le", "datum", "tag", "fecha", "dia", "dag", "week", "semaine",
)  # fmt: skip
_CHANNEL = (
    "channel", "network", "platform", "medium", "canal", "reseau", "plateforme", "kanal",
    "netzwerk", "red", "plataforma", "natverk",
)  # fmt: skip
_CAMPAIGN = ("campaign", "campaign name", "campagne", "kampagne", "campana", "kampanj")
_REGION = (
    "region", "country", "city", "store", "area", "pays", "ville", "magasin", "zone", "land",
    "stadt", "filiale", "pais", "ciudad", "tienda", "butik",
)  # fmt: skip
_CURRENCY = ("currency", "currency code", "devise", "wahrung", "moneda", "valuta")
_PERSON = (
    "customer id", "customer", "user id", "user", "username", "author", "email", "e mail",
    "account id", "member", "client", "utilisateur", "auteur", "courriel", "kunde", "nutzer",
    "cliente", "usuario", "kund", "anvandare", "from", "sender", "loyalty card", "requester",
)  # fmt: skip
_TEXT = (
    "text", "message", "comment", "content", "body", "review", "feedback", "verbatim", "note",
    "texte", "commentaire", "contenu", "avis", "remarque", "nachricht", "kommentar", "texto",
    "mensaje", "comentario", "meddelande",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableWords:
    """How the columns of one table are called in files.

    Parameters
    ----------
    words
        For each column of the record, names that mean it, strongest first.
    needs
        Columns that must be found for a file to be proposed as this table.
    marks
        Columns of which at least one must be found, so that the table is not mistaken.
    never
        Columns of purchases that speak against it.
    """

    words: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    marks: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


TABLE_WORDS: Mapping[str, TableWords] = {
    "spend": TableWords(
        {
            "day": _DATE,
            "cost": (
                "cost", "spend", "amount spent", "media cost", "budget", "net cost",
                "cout", "depense", "depenses", "montant depense", "kosten", "ausgaben",
                "coste", "gasto", "importe gastado", "kostnad", "utgift",
            ),
            "campaign": _CAMPAIGN,
            "channel": _CHANNEL,
            "region": _REGION,
            "impressions": ("impressions", "impr", "impressionen", "impresiones", "visningar"),
            "clicks": ("clicks", "link clicks", "clics", "klicks", "clics en el enlace", "klick"),
            "currency": _CURRENCY,
        },
        needs=("day", "cost"),
        marks=("campaign", "channel", "impressions", "clicks"),
        never=("quantity", "unit_price", "product"),
    ),
    "ticket": TableWords(
        {
            "ticket_id": (
                "ticket id", "ticket", "case id", "case number", "conversation id", "request id",
                "ticket number", "numero de ticket", "numero de demande", "demande", "dossier",
                "ticketnummer", "fallnummer", "caso", "arende", "id",
            ),
            "opened_on": (
                "opened on", "opened at", "created at", "received", "call time", "date opened",
                "ouvert le", "cree le", "date d ouverture", "recu le", "eroffnet am",
                "erstellt am", "abierto el", "skapad", *_DATE,
            ),
            "first_human_answer_on": (
                "first answer", "first reply", "first response", "answered at", "answered on",
                "premiere reponse", "repondu le", "erste antwort", "primera respuesta",
            ),
            "solved_on": (
                "solved at", "solved on", "closed at", "closed on", "resolved at", "resolu le",
                "ferme le", "cloture le", "gelost am", "geschlossen am", "cerrado el", "stangd",
            ),
            "reopened": ("reopens", "reopened", "reouvertures", "wiedereroffnet"),
            "rating": ("rating", "satisfaction", "csat", "note", "bewertung", "betyg"),
            "channel": _CHANNEL,
            "account_id": _PERSON,
        },
        needs=("ticket_id", "opened_on"),
        marks=("first_human_answer_on", "solved_on", "reopened", "rating"),
    ),
    "lead": TableWords(
        {
            "lead_id": (
                "lead id", "lead", "opportunity id", "deal id", "prospect id", "prospect",
                "opportunite", "affaire", "interessent", "oportunidad", "id",
            ),
            "created_on": (
                "created on", "created at", "create date", "first contact date", "cree le",
                "date de creation", "erstellt am", "creado el", "skapad", *_DATE,
            ),
            "origin": (
                "origin", "lead source", "source", "origine", "provenance", "herkunft", "quelle",
                "origen", "fuente", "kalla",
            ),
            "stage": ("stage", "status", "etape", "statut", "phase", "etapa", "estado", "fas"),
            "won_on": ("won on", "won date", "close date", "gagne le", "gewonnen am"),
            "amount": ("amount", "deal value", "value", "montant", "betrag", "importe", "belopp"),
            "account_id": _PERSON,
            "currency": _CURRENCY,
        },
        needs=("lead_id", "created_on"),
        marks=("origin", "stage", "won_on"),
        never=("quantity", "unit_price", "product"),
    ),
    "audience": TableWords(
        {
            "day": _DATE,
            "channel": _CHANNEL,
            "followers": (
                "followers", "total followers", "fans", "subscribers", "abonnes", "follower",
                "abonnenten", "seguidores", "suscriptores", "foljare", "prenumeranter",
            ),
            "gained": ("new followers", "gained", "follows", "nouveaux abonnes", "neue follower"),
            "lost": ("unfollows", "lost", "unsubscribed", "abonnes perdus", "desabonnements"),
        },
        needs=("day", "followers"),
        never=("revenue",),
    ),
    "answer": TableWords(
        {
            "respondent": ("respondent", "respondent id", "response id", "repondant", *_PERSON),
            "answered_on": (
                "answered on", "submitted at", "response date", "recorded date", "repondu le",
                "date de reponse", "beantwortet am", "respondido el", *_DATE,
            ),
            "item": ("item", "question", "question id", "frage", "pregunta", "fraga"),
            "score": ("score", "nps", "rating", "note", "wertung", "puntuacion", "poang"),
            "text": ("answer", "reponse", "antwort", "respuesta", "svar", *_TEXT),
        },
        needs=("answered_on", "score"),
        marks=("item", "text", "respondent"),
        never=("quantity", "unit_price", "purchase_id"),
    ),
    "visit": TableWords(
        {
            "visit_id": ("visit id", "session id", "id visite", "sitzungs id", "id"),
            "started_on": ("started at", "visit time", "session start", "debut", *_DATE),
            "account_id": ("visitor id", "user id", "client id", "visiteur", "besucher"),
            "landing_page": (
                "landing page", "page", "page location", "entry page", "url", "page d entree",
                "page de destination", "zielseite", "pagina de destino", "landningssida",
            ),
            "referrer": ("referrer", "referer", "page referrer", "site referent", "verweis"),
            "utm_source": ("utm source", "source"),
            "utm_medium": ("utm medium", "medium", "support"),
            "campaign": ("utm campaign", *_CAMPAIGN),
        },
        needs=("started_on", "landing_page"),
        marks=("visit_id", "referrer", "utm_source", "utm_medium"),
        never=("revenue",),
    ),
    "activity": TableWords(
        {
            "activity_id": ("message id", "comment id", "post id", "review id", "id"),
            "occurred_on": (
                "published at", "posted at", "sent at", "created", "published", "publie le",
                *_DATE,
            ),
            "account_id": _PERSON,
            "channel": _CHANNEL,
            "text": _TEXT,
            "url": ("url", "link", "permalink", "lien", "adresse", "enlace", "lank"),
            "in_reply_to": ("in reply to", "parent id", "reply to", "en reponse a"),
            "campaign": _CAMPAIGN,
        },
        needs=("occurred_on", "text"),
        marks=("account_id", "channel", "url", "activity_id"),
        never=("revenue", "quantity"),
    ),
    "event": TableWords(
        {
            "day": _DATE,
            "kind": ("kind", "type", "category", "nature", "art", "tipo", "typ"),
            "region": _REGION,
            "note": (
                "event", "occasion", "holiday", "note", "description", "name", "title",
                "evenement", "jour ferie", "nom", "titre", "ereignis", "feiertag", "evento",
                "festivo", "handelse", "helgdag",
            ),
        },
        needs=("day", "note"),
        never=("revenue", "quantity", "account_id"),
    ),
    "account": TableWords(
        {
            "account_id": ("account id", "user id", "profile id", "member id", "id", *_PERSON),
            "handle": ("handle", "username", "screen name", "pseudo", "identifiant", "benutzer"),
            "name": ("name", "full name", "display name", "nom", "nom complet", "nombre", "namn"),
            "followers": ("followers", "abonnes", "follower", "seguidores", "foljare"),
            "following": ("following", "friends", "abonnements", "folgt", "siguiendo", "foljer"),
            "posts": ("posts", "statuses", "tweets", "publications", "beitrage"),
            "created": ("created", "joined", "member since", "inscrit le", "mitglied seit"),
            "country": ("country", "pays", "land", "pais"),
            "language": ("language", "langue", "sprache", "idioma", "sprak"),
        },
        needs=("account_id",),
        marks=("handle", "followers", "following", "created"),
        never=("revenue", "quantity"),
    ),
    "sales": TableWords(
        {
            "day": _DATE,
            "revenue": (
                "revenue", "sales", "turnover", "net sales", "total sales", "chiffre d affaires",
                "ca", "ventes", "umsatz", "ventas", "ingresos", "omsattning", "forsaljning",
            ),
            "region": _REGION,
            "channel": ("channel", "sales channel", "canal", "kanal"),
            "units": ("units", "quantity", "pieces", "unites", "quantite", "menge", "unidades"),
            "currency": _CURRENCY,
        },
        needs=("day", "revenue"),
        never=("purchase_id", "account_id", "product", "product_id", "unit_price"),
    ),
}  # fmt: skip
