"""Words that carry no subject: function words, greetings, praise and blame, in French and English.

Written for this project. What people feel is told by the sentiment; a topic is what they feel it
about, so words of praise and blame are left out of both clusters and names.
"""

from __future__ import annotations

from rapport.listening.normalise import folded

_FRENCH = """
a à ai aie aient aies ait alors après as assez au aucun aucune aujourd'hui auprès auquel aura
aurai auraient aurais aurait auras aurez auront aussi autre autres aux avaient avais avait avant
avec avez aviez avoir avons ayant beaucoup bien bientôt bon bonne bonnes bons c'est c' ça car ce
ceci cela celle celles celui cependant certain certaine certaines certains ces cet cette ceux
chacun chaque chez ci combien comme comment contre d' d'un d'une dans de debout déjà demain depuis
derrière des dès désormais deux dix dit dite dites donc dont du durant elle elles en encore enfin
ensuite entre es est et étaient étais était étant été êtes être eu eue eut eux fais faisait fait
faites faire faisais fallait faudra faudrait faut fera ferait ferez feriez fois font fût grand
grande gros grosse hier hors ici il ils j' jamais je jours jusqu' jusque juste l' la là laquelle
le lequel les lesquelles lesquels leur leurs loin lors lorsqu' lorsque lui m' ma maintenant mais
malgré me même mêmes merci mes mettre mien mieux mis moi moins mois mon n' ne ni non nos notre
nôtre nous nouveau nouvelle on ont ou où oui par parce parfois parmi pas passe passé pendant
personne peu peut peuvent peux plus plutôt pour pourquoi pourra pourrait pourriez pouvait pouvez
pouvoir pouvons presque près prend prendre prends pris puis puisqu' puisque pu qu' quand quant que
quel quelle quelles quelque quelques quels quelqu'un quelqu qui quoi reste rien s' sa sais sait
sans sauf se semaine semaines sera serai seraient serais serait seras serez seront ses seul seule
seulement si sien sinon soi soient sois soit sommes son sont sous souvent suis sur surtout t' ta
tant te tel telle tellement tels tes toi ton tôt toujours tous tout toute toutes très trois trop
tu un une unes uns va vais vas vers veut veux viens vient voici voilà voir voire vois voit vont
vos votre vôtre voudrais voudrait vous vraiment vu y aller an ans année années heure heures minute
minutes fin chose choses truc trucs cas côté besoin aimerais aimerait dommage cordialement bonjour
bonsoir salut coucou hello svp stp sil s'il plaît plait remercie remerciements mille hâte avance
gens monde jsuis jai cest ya pr pk pq bcp tjs tt tts ds avc vs mdr lol ptdr jpp mrc slt bjr bsr
dsl wtf chui chuis qd dc ns vrmt osef askip fr dire disent parle parler demande demander demandé
pense penser pensez crois croire savoir connaît arrive arriver trouve trouver trouvé rend rendre
donner donne laisse laisser essayé essayer lundi mardi mercredi jeudi vendredi samedi dimanche
janvier février mars avril mai juin juillet août septembre octobre novembre décembre matin soir
midi nuit week-end weekend aujourdhui premier première premiers dernière dernier dernières
derniers seconde quatre cinq sept huit neuf père mère frère sœur fils fille mari femme copine
copain ami amie amis voisin voisine collègue collègues oncle tante cousin cousine maman papa bébé
enfant enfants famille mamie papi grand-mère grand-père
"""

_ENGLISH = """
a able about above after again against ago all almost alone along already also although always am
among an and another any anybody anyone anything anyway are aren't around as ask asked at away
back be became because been before behind being below best better between both but by came can
can't cannot come comes coming could couldn't cos cuz day days did didn't do does doesn't doing
don't done down during each either else enough even ever every everyone everything far few first
for from further gave get gets getting give given gives giving go goes going gone gonna good got
gotta guys had hadn't has hasn't have haven't having he he's her here hers herself him himself his
how however i i'd i'll i'm i've if im in indeed instead into is isn't it it's its itself ive just
keep keeps kept know knows last later least less let let's like little long look looking looks lot
lots made make makes making many may maybe me mean means might mine mins minutes month months more
most mr mrs much must my myself near need needed needs neither never new next no nobody none nor
not nothing now of off often oh ok okay old on once one ones only onto or other others our ours
ourselves out over own past per perhaps please pls plz put quite rather re really said same saw
say saying says see seem seems seen sent several shall she she's should shouldn't since so some
somebody someone something sometimes somewhere soon still such sure take taken takes taking tell
than that that's the their theirs them themselves then there there's these they they're they've
thing things think this those though thought through thru thus time times to today together told
tomorrow tonight too took tried try trying two u under until up upon ur us use used using very via
want wanted wants was wasn't way we we'll we're we've week weeks well went were weren't what
what's whatever when where whether which while who who's whole whom whose why will with within
without won't would wouldn't yeah year years yes yesterday yet you you'd you'll you're you've your
yours yourself hi hey hello dear morning afternoon evening regards sincerely cheers thanks thank
thx ta tks cc btw fyi lol omg tbh imo idk dm monday tuesday wednesday thursday friday saturday
sunday january february march april june july august september october november december three
four five six seven eight nine ten hundred half hour hours minute second people person folks
anyone's dont doesnt didnt cant wont isnt wasnt couldnt wouldnt shouldnt havent hasnt thats theres
youre theyre weve id ill mum mom dad father mother brother sister son daughter husband wife friend
friends neighbour neighbor colleague colleagues uncle aunt cousin grandma grandad granny nan boss
kid kids family hope wish wonder wondering guess happen happened happens work working works run
running wanna
"""

_FEELINGS = """
absolument adorable adore adoré agréable aime aimé apprécie atroce belle beau beaux bof bravo
catastrophe catastrophique chapeau cher charmante charmant comblée comblé content contente conquis
conquise cool correct correcte décevant décevante déception déçu déçue déçus dégoûtant dingue
énervé excellent excellente exceptionnel exceptionnelle extra extraordinaire fabuleux facile fan
fantastique formidable furieux génial géniale géniaux grave heureux heureuse honte honteux
horrible idéal impeccable impossible inacceptable inadmissible incroyable insupportable joli jolie
lamentable magnifique magique mauvais mauvaise merveilleux merveilleuse minable moyen nickel nul
nulle nuls parfait parfaite parfaits pire propre pénible pourri préféré ras-le-bol recommande
recommandé recommander ravi ravie réussi ridicule satisfait satisfaite scandale scandaleux sérieux
sérieusement simple splendide sublime super superbe sympa sympathique terrible top triste utile
vive régal plaisir bonheur merveille envie chance problème problèmes souci soucis idée idées
question questions conseil conseille avis suggestion info infos renseignement urgent stop jamais
bref franchement honnêtement vraiment carrément totalement complètement marche fonctionne absolute
absolutely amazing annoyed annoying appalling approve approved awesome awful bad beautiful
brilliant charming crap delighted delightful dire disappointed disappointing disappointment
disgrace disgraceful disgusting divine dreadful easy enjoy enjoyed exceptional fab fabulous
fantastic fault favourite favorite fine finally frustrated frustrating fun furious garbage glad
gorgeous great happy hate horrid impressed impressive incredible joke kind lame laughable lovely
love loved loves loving lush magic marvellous mess mediocre nice obsessed pathetic perfect pleased
pleasure poor proud recommend recommended ridiculous rubbish sad shambles shame shameful shocking
splendid spot stunning stupid sucks superb terrific trash truly unacceptable unbelievable
underwhelming useful useless waste weird wonderful worse worst worth wow wrong yay yum yummy
problem problems issue issues idea ideas advice feedback review honest honestly seriously
literally definitely totally completely actually basically simply certainly please great-value
stars star étoile étoiles
"""

STOP = frozenset(folded(word) for block in (_FRENCH, _ENGLISH, _FEELINGS) for word in block.split())
"""Folded words that are left out."""

ELISIONS = frozenset(
    {"c'", "d'", "j'", "l'", "m'", "n'", "s'", "t'", "qu'", "jusqu'", "lorsqu'", "puisqu'"}
)
