"""Short forms of given names in French and English, and given names that form compounds."""

from __future__ import annotations

from types import MappingProxyType

# A full form, then its short forms and its spelling in the other language; accents folded.
_FORMS = """
abigail abby gail
adelaide adele
agnes agnesse
albert bert bertie al
alfred alfie alf fred
aliette alie
amelia amelie millie
andre andrew andy drew dede
angelique angel angie
annabelle bella
anne ann anna annie nancy anouk
anthony antoine tony toni anto
arthur art arty
barbara barb babs barbie
barthelemy bartholomew bart
beatrice bea beatrix
benedicte bene
benjamin ben benji benny
bernard bernie
brigitte bridget bri
catherine cathy kate katie kathy katherine kathryn cath kat kathleen kitty
caroline caro carrie
cecile cecilia cissie
charles charlie chuck chas charly
charlotte lottie chacha
christine christina tina chrissie kristina
christophe christopher kit topher christof
clement clem
corinne coco
cyril cyrille
damien damian
daniel dan danny dany
danielle dani
david dave davey davy
deborah debbie deb
denis dennis denny
dominique dom domi dominic
dorothee dorothy dot dottie
edouard edward ed eddie ted teddy ned
eleonore eleanor nell ellie nora
elisabeth elizabeth liz lizzie beth betty eliza babeth lisbeth libby
emmanuel manu emanuel
emmanuelle manue
etienne stephane stephen steven steve
eugenie genie
florence flo flora
francois francis frank franck frankie fanfan
francoise frances fran
frederic frederick freddy fredo fred
gabriel gab gabe gaby
genevieve genny
geoffroy geoffrey jeffrey geoff jeff
georges george geo
gerald gerry gerard
gilbert gil
gregoire gregory greg
guillaume william will bill billy willy liam
guy
gwendoline gwen
harold harry hal henri henry hank
helene helen ellen lena
isabelle isabel isa izzy bel
jacqueline jackie jacquie
jacques james jim jimmy jamie jem
jean john johnny jack jeannot
jeanne joan jane janie
jennifer jenny jen jenn
jeremie jeremy jerem
jessica jess jessie
joanna jo joanne
jonathan jon jonny nathan
joseph joe joey jo
josephine josie jo
joshua josh
judith judy
julien julian jules ju
juliette juliet
kenneth ken kenny
kimberley kim
laurence lolo
laurent lawrence larry laurie
leonard leo lenny
louis lewis loulou louie
louise lou louisa
lucas luke luc
lucie lucy
madeleine madeline maddie mado
marc mark
marguerite margaret maggie peggy meg margot greta
marianne marian
marie mary maria molly
martin marty
mathilde matilda tilly mathilda
matthieu mathieu matthew matt mat
maurice momo
maxime max maximilien
melanie mel
michel michael mike mick mickey mich
micheline mimi
mireille mimi
monique momo
nathalie natalie nat natasha
nathaniel nate
nicholas nicolas nick nico nicky
nicole nikki
olivier oliver ollie oli
pamela pam
patricia patty trish tricia pat
patrick paddy pat rick
paul paulo
penelope penny
peter pierre pete pierrot
philippe philip phil pip phillip
rachel rach
raymond ray
rebecca becky becca
richard rick dick richie ricky rich
robert bob rob bobby robbie robin
roger rodge
roland rolly
ronald ron ronnie
samantha sammy
samuel sam sammy
sandrine sandra sandy
sebastien sebastian seb bastien
sophie sophia soph
stephanie steph stef
susanne susan suzanne sue susie suzie
sylvain syl
sylvie silvie
terence terry
theodore theo ted
theresa therese terry tess
thierry titi
thomas tom tommy
timothee timothy tim timmy
tobias toby
valerie val
veronique vero veronica
victor vic
victoria vicky tori vickie
vincent vince vinnie
virginie ginny virginia
walter walt wally
xavier xav
yves yvon
zacharie zachary zach zack
"""

_ROOTS: dict[str, str] = {}
_SEVERAL: set[str] = set()
for _line in _FORMS.split("\n"):
    _words = _line.split()
    for _word in _words:
        if _word in _ROOTS and _ROOTS[_word] != _words[0]:
            _SEVERAL.add(_word)
        _ROOTS.setdefault(_word, _words[0])

ROOTS = MappingProxyType(
    {word: root for word, root in _ROOTS.items() if word not in _SEVERAL or word == root}
)
"""Each short form's full form; a short form of several names (Pat, Jo) has none."""

_MORE = """
alain alexandra alexandre alexander alice aline amandine ambre amy antonin arnaud aurelie aurelien
axel baptiste brice bruno camille carole cedric celine chantal chloe claire claude claudine clara
colette coralie cyrielle delphine didier dylan elodie elsa emily emma enzo eric estelle ethan eva
evelyne fabien fabrice fanny felix florian gemma georgia gilles gisele grace hannah hugo ines
irene jade jason jerome joel jordan josiane julie karine kelly kevin laetitia laura lea lilou lily
linda lisa lola loic louna ludovic lydie lynda manon marine marion marjorie martine mathis megan
melissa mia michele morgane muriel myriam nadia nadine natacha nina noah noe noemie odile oceane
oscar pascal pascale pauline quentin raphael regis remi remy rene renee romain rose sabrina sacha
sally sarah severine sienna simon simone solene sonia stacey tanguy teresa tiffany tristan ugo
valentin valentine vanessa yann yannick yasmine yvette yvonne zoe amelia ava charlotte daisy ella
evie freya hollie imogen isla jasmine lauren leah maya millie niamh phoebe poppy ruby scarlett
summer zara aaron adam aiden ashley callum connor craig darren declan elliot finley gareth gavin
graham harvey ian jake jayden keith kieran kyle lee logan mason neil nigel owen reece ryan scott
sean shaun stuart toby tyler wayne
"""
GIVEN = frozenset(_ROOTS) | frozenset(_MORE.split())
"""Given names that tell which part of a name is the given one, folded."""

_WORDS_OF_FIRST_OF_COMPOUND = """
jean marie anne pierre charles louis paul mary lou
"""
FIRST_OF_COMPOUND = frozenset(_WORDS_OF_FIRST_OF_COMPOUND.split())
"""Given names that form compounds with a second one: Jean-Pierre, Marie-Claude, Anne-Sophie."""
