"""English words that are no names by themselves, even where a sentence lends them a capital."""

from __future__ import annotations

from typing import Final

from knowledge.extraction.word_lists import words

CONNECTORS: Final = words("of de del della di da do dos du des la le van von der den ter y e zu al")
"""What goes on inside a name if a capital follows: "University of Tokyo", "Charles de Gaulle"."""

MONTHS: Final = words("""
january february march april may june july august september october november december jan feb mar
apr jun jul aug sep sept oct nov dec""")
DAYS: Final = words("monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri")

HONORIFICS: Final = words("mr mrs ms dr prof sir dame messrs")

FUNCTION: Final = words("""
a an the this that these those each every either neither both all any some no none such another
other others several many much more most few fewer less least enough various certain same own i
you he she it we they me him her us them my your his its our their mine yours hers ours theirs
myself yourself himself herself itself ourselves themselves who whom whose which what when where
why how whatever whichever whoever whenever wherever and or but nor so yet for if unless because
although though while whilst whereas since until till as than whether once of in on at by to from
with without within into onto upon over under above below between among amongst through throughout
during before after behind beside besides beyond near across along around about against toward
towards per via despite except like unlike out off up down away back is are was were be been being
am has have had having do does did doing done can could may might must shall should will would
ought cannot not never always often sometimes usually also too very just only even still already
again ever here there then now thus hence therefore however moreover furthermore nevertheless
nonetheless meanwhile otherwise instead indeed perhaps maybe rather quite almost nearly later
earlier afterwards afterward thereafter previously recently currently today tomorrow yesterday
soon eventually finally initially originally formerly traditionally historically typically
generally commonly specifically especially particularly notably importantly interestingly
surprisingly unfortunately fortunately additionally similarly likewise conversely alternatively
consequently accordingly subsequently ultimately overall together apart according due following
based given including included using used contrary regarding concerning considering first second
third fourth fifth last next one two three four five six seven eight nine ten eleven twelve
hundred thousand half early late mid former let lets let's don't doesn't didn't isn't aren't
wasn't can't won't it's that's there's he's she's i'm i've we're we've they're you're what's true
false null yes please ok okay hello thanks thank see note notes say says said etc eg ie vs nobody
everybody somebody anybody everyone someone anyone everything something anything""")
"""Closed classes and sentence adverbs: at the start of a sentence they are never part of a name."""

COMMON: Final = words("""
ability able abstract accept access account across act action active activity actor actress actual
add added addition address adult advance advantage advice affect age agency agent ago agree aim
air allow allows amount analysis animal annual answer appeal appear application apply approach
area argument arm army arrive art article ask aspect assay assembly assess associated association
assume attack attempt attention audience author authority available average avoid award aware band
bank bar base basic basis battle bay beat become began begin beginning behaviour behavior believe
below benefit best better big bill birth black block blood blue board boat body book border born
both bottom box boy branch break bridge brief bring british broad brother brown bug build building
built bus business button buy call called camp campaign cancer capital captain car card care
career carry case cast castle catch category cause cell center central centre century ceremony
chain chair challenge chance change channel chapter character charge chart check chief child
children choice choose church circle city claim class classic clean clear client clinical close
club coach coast code cold collection college color colour column combined come command comment
commission committee common community company compare compared comparison complete complex
component components computer concept conclusion conclusions condition conference confirm conflict
congress consider contact contain contains content context continue contract contrast control
convert cool copy core corner correct cost council count country county couple course court cover
create created creates creation crew criteria critical cross crown culture cup current customer
cut cycle daily damage dark data database date daughter day days dead deal death debate debut
decade decide decision decrease deep default defeat defence defense define defined defines degree
delete demand department depth describe described design designed despite detail details detect
determine develop developed developers development device did die died difference different
difficult dinner direct direction director directory disc discovery discuss discussion disease
disk display district division doctor document documentation documents dog door double draw dream
drive drop drug dry early earth ease east eastern easy edge edit edition education effect
effective effects effort either election element elements emergency employee empty enable end
enemy energy engine engineer engineers english enjoy enter entire entry environment episode equal
error errors establish established estimate europe evaluate evening event events ever evidence
evil exact example examples except exchange exercise existing exit expect expected experience
experiment experiments expert explain export expression extend external extra eye face fact factor
factors fail failed failure fair faith fall false family famous fan far farm fast father favorite
fear feature features federal feel festival field fight figure file files fill film final find
findings fine finish fire firm fish fix flag flat flight floor flow flower focus follow followed
food foot football force foreign forest form formal format forward found foundation founded four
frame framework free fresh friend front full function functions fund further future gain game
games garden gas gate gather general generate generation genes get girl give glass global go goal
god gold good government grand grant graph great green ground group groups grow growth guard guess
guest guidance guide guidelines gun half hall hand handle happen happy hard head health hear heart
heat height help hence her hide high highest highway hill history hit hold home horse hospital
host hot hotel hour hours house huge human husband ice idea identified identify identity image
images impact implement implementation import important improve improved incident income increase
increased index indicate individual industry infection influence information inner input inside
install installation instance institute integrate interest interface internal international
interpretation introduce introduction investigation island issue issues item items job join
journal judge jump keep key kid kill kind king kingdom kitchen know knowledge known label lack
ladies lake land language large largest late latest launch law lay layer lead leader leading
league learn learning leave led left legal legend length let letter level library license life
light limit line link links list listen literature little live living load loading local location
log long look loss lost lot love low lower machine magazine main maintain major make male man
management manager map mark market marriage married mass master match material matter mean means
measure media medical meeting member members memory men mental message method methods middle
migration military million mind minister minor minute miss missing mission mobile mode model
modern module moment money monitor month months moon morning mother motion motivation mountain
mouse move movement movie much multiple murder museum music musical mutations name named names
nation national native natural nature navy need network new news newspaper night normal north
northern notice novel nuclear number object objective objectives observe obtain ocean offer office
officer official old open operation opera opinion option options orange order organization origin
original output outside overview owner pack package page paint pair palace paper parameters parent
parents park part particular parties parts party pass past path patient patients pattern pause pay
peace people perform performance period person phase phone photo phrase physical piece place plan
plane planet plant platform play played player players plot plus point points police policy
political poor pop popular population port position positive possible post potential power
powerful practice present presented president press prevent previous price primary prime prince
princess principle print prior private prize problem problems process produce produced producer
product production products professional professor profile program project promise proof proper
properties property proposal propose protect protein proteins protocol prove provide provided
provides public publish published pull purpose push put quality quarter queen question questions
quick quickly race radio rail rain raise random range rate ratio rationale reach read reader
readers ready real reality reason rebel receive received record recording recovery red reduce
reduced refer reference references reflect refuse region register regular reject related relation
release released relief remain remember remove removed render repeat replace report reports
representative request require required requirements rescue research resolution resource response
rest restore result results return returns review right rise risk river road rock role roll room
root round route royal rule rules run running safe safety sale sample samples save scale scene
schedule school science scientific scope score screen script sea search season seat secret
secretary section security seek select senior sense sent sentence separate series serious serve
server service services session set sets setting settings setup seven shape share sheet ship shop
short shot show shown shows side sign significant silver similar simple simply single sister site
situation size skip sky sleep small snow social society software soldier solution son song songs
sort soul sound source sources south southern space special specific specification speech speed
spirit split sport sports spread spring square staff stage standard star start started starts
state statement states station statistics status stay step steps still stock stone stop store
story straight strategy stream street string strong structure student students studies studio
study style subject success successful suffer suggest summary summer sun supply support supported
surface sure survey switch system systems table tag take taken talk target task tax teacher team
teams technical technique technology tell temperature temple ten term terms test tested testing
tests text theatre theme theory thing things think thought throw ticket time timeline times tip
tips title today tool tools top topic total touch tour tower town track trade traditional traffic
train training transfer transport travel treat treatment tree trial tribe trip true trust truth
try turn type types ultimate uncle understand union unique unit united universe university update
updated upper usage use user users uses valley valuable value values variable variety vehicle
version versions victim victory video view village violence virus visit voice volume wait walk
wall want war warning watch water wave way weak weapon weather web website week weight welcome
well west western wheel white wide wife wild win wind window winner winter wish woman women wood
word words work worked worker working works world worst worth write writer writing wrong year
years yellow young zero accuracy administration alignment announced antibodies appendix attendees
background bacteria cells conclude currently cultural dangerous deaths deployed deprecated drama
dynamic editor enabling engineering explicit fig gene genetic genome helper hypothesis inhibition
mice motor mutation nothing null outage postmortem precision prognosis rats reactive receptor
rejected remediation initial recent consistent committed immediate expects long-term short-term
post-incident contributing sequence signaling smoking studied synopsis tissue tumor tumour vaccine
verification acknowledgements acknowledgments copyright made took gave given came went got seen
saw knew kept felt told brought bought held spoke spoken written wrote ran fell drew grew flew
locate compose composer performer birthplace headquarters sing singer actors artist album founder
citizen spouse sibling currency usual remarkable""")
"""Frequent words of prose and documentation: alone at the start of a sentence they are no name."""

GENERIC: Final = words("""
abstract acknowledgements acknowledgments advanced appendix background basics basic bibliography
caveats changelog changes citation citations conclusion conclusions content contents contributing
copyright credits definition definitions deprecated description detail details discussion download
downloads edit error errors example examples faq features footnotes further general glossary goals
history home implementation important index info information install installation intro
introduction issues legal license licence limitations link links list methods method methodology
misc motivation more name news next none note notes objective objectives open other others
overview parameters preface previous props purpose question questions rationale readme reference
references rejected related requirements resources result results return returns scope section see
setup solution specification status summary support syntax synopsis table terminology thanks tip
tips title todo type types untitled update updates usage value values version versions warning
warnings work backwards backward compatibility ideas reading alternatives considered here this
click page article source docs documentation demo try also the a of and how to it get started
getting use using what is playground sandbox live read learn view""")
"""Words of headings and links that name no subject: "Further reading", "See also"."""

LEGAL_FORMS: Final = words("""
inc inc. corp corp. corporation company co co. ltd ltd. limited llc plc gmbh ag group holdings""")

SHOUTED: Final = words("""
am pm ok no or and not to if in on is the vs note todo fixme warning error must should may a an of
at by as be do for from with ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xx tbd tba na i v x
info debug see all any utc gmt pdt pst est edt cet bst jst""")
"""What is no acronym, however large it is written."""

_ENDINGS: Final = (
    ("ies", "y"),
    ("es", ""),
    ("s", ""),
    ("ied", "y"),
    ("ed", ""),
    ("d", ""),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
)


def is_common(word: str) -> bool:
    """Tell whether a lower-case word, or what it is an inflection of, is in the lists above."""
    if word in COMMON or word in FUNCTION:
        return True
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word.removesuffix(ending) + instead
            if stem in COMMON or (stem[-1:] == stem[-2:-1] and stem[:-1] in COMMON):
                return True
    return False


QUALIFYING: Final = words("""
north south east west northern southern eastern western central new old great greater upper lower
saint san santa los las el la st. mount mt. fort lake port cape soviet nazi british imperial roman
ottoman french vichy colonial modern ancient medieval hong sri costa puerto el saudi papua""")
"""First words of places whose last word is a place of its own: "New Mexico", "North Korea"."""
