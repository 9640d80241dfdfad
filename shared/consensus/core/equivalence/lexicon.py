"""Small word lists that comparing meanings needs. English, in the form that words.stem leaves."""

from __future__ import annotations

from consensus.core.equivalence.words import stem

NEGATIONS = frozenset(
    "not no never none neither nor cannot without isnt arent wasnt werent dont doesnt didnt cant "
    "couldnt wont wouldnt shouldnt hasnt havent hadnt nothing nobody nowhere hardly untrue".split()
)
NEGATIVE_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis", "mis", "anti", "a")
OPPOSED_PREFIXES = (
    ("hyper", "hypo"), ("inter", "intra"), ("pre", "post"), ("macro", "micro"), ("endo", "exo"),
    ("over", "under"), ("in", "ex"), ("im", "ex"), ("in", "out"), ("up", "down"), ("poly", "mono"),
    ("homo", "hetero"), ("ante", "post"), ("maxi", "mini"), ("con", "di"), ("con", "diver"),
)  # fmt: skip
# What a sentence states of its subject alike in both directions: Paris is the capital, and the
# capital is Paris.
COPULAS = frozenset("is are was were be been being am equal".split())

_OPPOSITES = """
increase/decrease increased/decreased increasing/decreasing rise/fall rose/fell rising/falling
up/down upward/downward more/less more/fewer most/least higher/lower high/low highest/lowest
raise/lower raised/lowered grow/shrink grew/shrank gain/lose gain/loss gained/lost safe/unsafe
safe/dangerous safe/risky safe/harmful harmless/harmful legal/illegal lawful/unlawful true/false
yes/no right/wrong correct/incorrect before/after earlier/later early/late north/south east/west
northern/southern eastern/western left/right hot/cold hotter/colder warm/cool warmer/cooler
positive/negative accept/reject accepted/rejected accept/refuse approve/reject approved/rejected
allow/forbid allowed/forbidden allow/prohibit permitted/prohibited win/lose won/lost winner/loser
pass/fail passed/failed succeed/fail succeeded/failed success/failure buy/sell bought/sold
male/female man/woman boy/girl father/mother son/daughter brother/sister husband/wife uncle/aunt
king/queen good/bad better/worse best/worst large/small larger/smaller largest/smallest big/little
bigger/smaller biggest/smallest first/last first/second possible/impossible inside/outside
above/below over/under open/closed opened/closed always/never all/none everybody/nobody
everyone/nobody maximum/minimum start/end began/ended begin/end arrive/depart arrived/departed
enter/exit import/export imported/exported debit/credit profit/loss asset/liability
guilty/innocent alive/dead born/died birth/death day/night light/dark lighter/darker heavy/light
heavier/lighter fast/slow faster/slower long/short longer/shorter tall/short taller/shorter
old/young older/younger oldest/youngest old/new rich/poor richer/poorer strong/weak
stronger/weaker wet/dry full/empty easy/difficult easy/hard easier/harder simple/complex
cheap/expensive cheaper/costlier love/hate friend/enemy ally/enemy attack/defend attacked/defended
victory/defeat host/guest teacher/student employer/employee landlord/tenant lender/borrower
predator/prey odd/even rational/irrational finite/infinite convex/concave
clockwise/counterclockwise horizontal/vertical acid/base acidic/basic acidic/alkaline
endothermic/exothermic artery/vein benign/malignant acute/chronic expand/contract
expanded/contracted include/exclude included/excluded support/oppose supported/opposed
agree/disagree for/against with/without improve/worsen improved/worsened strengthen/weaken
strengthened/weakened create/destroy created/destroyed build/demolish built/demolished
public/private absent/present necessary/unnecessary sufficient/insufficient effective/ineffective
efficient/inefficient mandatory/optional required/optional temporary/permanent ancestor/descendant
upstream/downstream cathode/anode permit/prohibit permits/prohibits permit/forbid buyer/seller
borrower/lender permitted/forbidden absorbs/emits raises/lowers sr/jr senior/junior
northwest/southeast northeast/southwest vegetarian/meat convergent/divergent converge/diverge
mother/father multiply/divide add/subtract plus/minus even/odd lend/borrow lent/borrowed hire/fire
hired/fired acquit/convict acquitted/convicted ascend/descend ascending/descending
optimistic/pessimistic majority/minority introvert/extrovert conductor/insulator soluble/insoluble
supply/demand creditor/debtor appear/disappear appeared/disappeared like/dislike trust/distrust
obey/disobey conscious/unconscious voluntary/involuntary enabled/disabled enable/disable
online/offline awake/asleep winter/summer sunrise/sunset dawn/dusk morning/evening am/pm bc/ad
vertical/horizontal liquid/solid gas/solid gas/liquid prey/hunter doctor/patient
plaintiff/defendant prosecution/defence bride/groom nephew/niece actor/actress prince/princess
duke/duchess proton/electron absorb/emit absorbed/emitted attract/repel
attracts/repels toward/away forward/backward encrypt/decrypt encode/decode
synchronous/asynchronous push/pull
"""


def _both_ways() -> dict[str, frozenset[str]]:
    opposites: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split():
        one, other = (stem(word) for word in pair.split("/"))
        if one != other:
            opposites.setdefault(one, set()).add(other)
            opposites.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in opposites.items()}


OPPOSITES = _both_ways()
# Relations that hold in one direction only: larger than, north of, the father of.
ONE_WAY = frozenset(
    "than before after above below over under north south east west beyond inside outside contain "
    "father mother son daughter parent child owner cause ancestor teacher boss".split()
)

_SYNONYMS = """
increase increased increasing rise rose risen rising grow grew grown growing climb climbed;
decrease decreased decreasing fall fell fallen falling drop dropped decline declined shrink
shrank; begin began begun start started; end ended finish finished; buy bought purchase purchased
acquire acquired; large big huge; small little tiny; film movie; car automobile; doctor physician;
quick fast rapid; child kid; percent percentage; sea ocean; murder murdered kill killed; build
built construct constructed; error mistake; answer reply; allow allowed permit permitted; forbid
forbidden prohibit prohibited ban banned; illness disease sickness; shop store; costly costlier
expensive; wed married; make made create created produce produced; die died dead; bear borne bore;
max maximum; min minimum; show shown demonstrate demonstrated; help assist; need require; tell
told; say said; beat beaten defeat defeated; win won; lose lost; harmful dangerous unsafe; st
saint; mt mount; hr hour; jr jnr junior; tim timothy; bill will william; bob rob robert; jim jimmy
james; tom thomas; mike michael; dave david; joe joseph; ben benjamin; tony anthony; ed edward;
sam samuel; steve steven stephen; chris christopher; nick nicholas; alex alexander; kate catherine
katherine; liz elizabeth; bite bit bitten; write wrote written; take took taken; give gave given;
eat ate eaten; see saw seen; sell sold; pay paid; choose chose chosen; break broke broken; steal
stole stolen; teach taught; catch caught; fight fought; lead led; hold held; send sent; speak
spoke spoken; sing sang sung; swim swam swum; drive drove driven
"""
_synonyms = [frozenset(stem(w) for w in group.split()) for group in _SYNONYMS.split(";")]
SYNONYMS = {word: group for group in _synonyms for word in group}

# Classes of which two answers that each name another member cannot both be right. Their members
# are words of their own however alike they are spelt: Austria is no slip for Australia.
_CLASSES = """
january february march april may june july august september october november december;
monday tuesday wednesday thursday friday saturday sunday;
spring summer autumn winter;
red orange yellow green blue purple violet pink brown black white grey gray indigo;
km kilometer kilometre mph mile meter metre cm centimeter mm millimeter foot feet inch yard;
kg kilogram gram pound lb ounce ton tonne mg milligram;
nanosecond millisecond second minute hour day week month year decade century;
dollar euro pound yen rupee cent franc peso;
celsius fahrenheit kelvin;
hundred thousand million billion trillion percent;
mercury venus earth mars jupiter saturn uranus neptune pluto;
aries taurus gemini cancer leo virgo libra scorpio sagittarius capricorn aquarius pisces;
afghanistan albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh
belarus belgium bolivia botswana brazil bulgaria cambodia cameroon canada chad chile china colombia
croatia cuba cyprus denmark dominica ecuador egypt england eritrea estonia ethiopia finland france
gabon gambia georgia germany ghana greece grenada guatemala guinea guyana haiti honduras hungary
iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya kuwait
laos latvia lebanon lesotho liberia libya lithuania luxembourg madagascar malawi malaysia mali malta
mauritania mauritius mexico moldova mongolia montenegro morocco mozambique myanmar namibia nepal
netherlands nicaragua niger nigeria norway oman pakistan panama paraguay peru philippines poland
portugal qatar romania russia rwanda scotland senegal serbia singapore slovakia slovenia somalia
spain sudan sweden switzerland syria taiwan tanzania thailand togo tunisia turkey uganda ukraine
uruguay venezuela vietnam wales yemen zambia zimbabwe;
london paris lyon berlin madrid rome milan sydney melbourne canberra tokyo kyoto beijing shanghai
moscow vienna geneva zurich bern oslo stockholm copenhagen helsinki dublin edinburgh glasgow cairo
delhi mumbai boston chicago seattle dallas houston miami denver austin budapest bucharest;
hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium
aluminum silicon phosphorus sulfur chlorine argon potassium calcium iron copper zinc silver tin gold
mercury lead platinum uranium radium radon;
nitrate nitrite nitride;
sulfate sulfite sulfide;
chloride chlorine chlorate chlorite;
methane ethane propane butane;
methanol ethanol propanol;
mitosis meiosis;
proton photon neutron electron;
prokaryote eukaryote;
stalactite stalagmite;
antibody antigen antibiotic;
mean median mode;
mass weight;
affect effect;
virus bacterium bacteria;
atom molecule;
genus species;
monarchy democracy republic;
christian christina;
daniel danielle;
martin martina;
jean joan jane john;
marie maria mario;
carl carol;
paul paula pauline;
eric erica;
alexander alexandra;
julius julia julian;
charles charlotte;
louis louise;
victor victoria;
robert roberta;
henry henrietta harry;
stephen stephanie;
patrick patricia
"""
CLASSES = tuple(
    frozenset(stem(word) for word in members.split()) for members in _CLASSES.split(";")
)
CLASSED = frozenset[str]().union(*CLASSES)
