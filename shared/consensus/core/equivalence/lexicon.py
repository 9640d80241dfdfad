"""Small word lists that comparing meanings needs. English, in the form that words.stem leaves."""

from __future__ import annotations

from consensus.core.equivalence.words import stem

NEGATIONS = frozenset(
    "not no never none neither nor non cannot without isnt arent wasnt werent dont doesnt didnt "
    "cant couldnt wont wouldnt shouldnt hasnt havent hadnt nothing nobody nowhere hardly "
    "untrue".split()
)
# What names one thing to set another against it: Lyon, ahead of Paris.
FOILS = frozenset("unlike instead rather surpassing overtaking ahead rival".split())
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
synchronous/asynchronous push/pull unanimous/split valid/void lessor/lessee mortgagor/mortgagee
before/during after/during before/with major/minor proximal/distal anterior/posterior
dorsal/ventral superior/inferior
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

# Groups of words that stand for one another. First, forms of one word that no rule makes.
_FORMS = """
begin began begun start started; buy bought purchase purchased acquire acquired; wed married; make
made create created produce produced; die died dead; bear borne bore; show shown demonstrate
demonstrated; tell told; say said; beat beaten defeat defeated; win won; lose lost; bite bit bitten;
write wrote written; take took taken; give gave given; eat ate eaten; see saw seen; sell sold; pay
paid; choose chose chosen; break broke broken; steal stole stolen; teach taught; catch caught; fight
fought; lead led; hold held; send sent; speak spoke spoken; sing sang sung; swim swam swum; drive
drove driven; know knew known; grow grew grown; think thought; find found; leave left; mean meant;
keep kept; lie lay lain; fly flew flown; draw drew drawn; wear wore worn; hide hid hidden; shake
shook shaken; run ran; come came; become became; sit sat; stand stood; feel felt; meet met; lend
lent; spend spent; shoot shot; drink drank drunk; ring rang rung; sink sank sunk; throw threw
thrown; blow blew blown; freeze froze frozen; wake woke woken; bind bound; man men; woman women;
person people; tooth teeth; mouse mice; goose geese; wolf wolves; leaf leaves; life lives; knife
knives; wife wives; half halves; calf calves; loaf loaves; thief thieves; shelf shelves; fungus
fungi; datum data; crisis crises; analysis analyses; basis bases; axis axes; index indices; matrix
matrices; ox oxen
"""
# Short forms.
_SHORT_FORMS = """
max maximum; min minimum; st saint; mt mount; hr hrs hour; jr jnr junior; foot feet ft; yr yrs year
annual annually yearly; day daily; week wk weekly; month mo monthly; minute min; km kilometre
kilometer; metre meter; cm centimetre centimeter; mm millimetre millimeter; kg kilogram kilogramme;
gram gramme; mg milligram; mcg microgram; lb lbs pound; oz ounce; litre liter; art article; section
sec; vol volume; ch chapter; dept department; govt government; univ university; prof professor; gen
general; col colonel; lt lieutenant; capt captain; sgt sergeant; rev reverend; gov governor; sen
senator; pres president; hep hepatitis; temp temperature; approx approximately; assoc association;
corp corporation; inc incorporated; co company; ltd limited; bros brothers; ave avenue; st street;
rd road; blvd boulevard; ft fort; intl international; natl national; vs versus; feb february; jan
january; mar march; apr april; aug august; sept sep september; oct october; nov november; dec
december; tue tues tuesday; wed wednesday; thur thurs thursday; fri friday
"""
# First names, and what people are called by them.
_FIRST_NAMES = """
tim timothy; bill will william billy willy; bob rob robert bobby robbie; jim jimmy james; tom
thomas; mike michael; dave david; joe joseph; ben benjamin; tony anthony; ed edward; sam samuel;
steve steven stephen; chris christopher; nick nicholas; alex alexander; kate catherine katherine;
liz elizabeth beth betty eliza; peter pyotr pete; dick rick rich richard; ted ned edward eddie; jack
john johnny jon; harry hal; larry lawrence laurence; andy andrew drew; dan daniel danny; matt
matthew; pat patrick paddy; ron ronald ronnie; don donald; ken kenneth kenny; greg gregory; jeff
jeffrey geoffrey geoff; jerry gerald jeremy; ray raymond; fred frederick freddie frederic; frank
francis; gus augustus; hank henry; leo leonard; max maximilian; mick mike michael mickey; nate
nathan nathaniel; phil philip phillip; russ russell; sandy sandi; sue susan susie; meg peg maggie
margaret peggy; jenny jennifer; jess jessica; kathy kate catherine katherine kathleen cathy; barb
barbara; becky rebecca; debbie deborah debra; mandy amanda; patty patricia; vicky victoria; wendy
gwendolyn; charlie charles chuck; zach zachary zack; abe abraham; al albert; alf alfred; bernie
bernard; cliff clifford; doug douglas; gene eugene; herb herbert; josh joshua; les leslie; mitch
mitchell; norm norman; stan stanley; vince vincent; walt walter; wes wesley
"""
# Countries and their people; names that are spelt in several ways.
_PLACES = """
usa america american; uk britain british; england english; france french; germany german; spain
spanish; wales welsh; ireland irish; netherlands dutch holland; switzerland swiss; greece greek;
turkey turkish; denmark danish; sweden swedish; poland polish; finland finnish; scotland scottish
scots; iceland icelandic; china chinese; japan japanese; norway norwegian; portugal portuguese;
cyprus cypriot; iraq iraqi; israel israeli; thailand thai; philippines filipino; peru peruvian;
europe european; tchaikovsky chaikovsky tchaikovskii; czar tsar; koran quran; mohammed muhammad
mohammad muhammed; peking beijing; bombay mumbai; burma myanmar; persia iran; siam thailand;
constantinople istanbul
"""
# Synonyms.
_SYNONYMS = """
increase increased increasing rise rose risen rising grow grew grown growing climb climbed; decrease
decreased decreasing fall fell fallen falling drop dropped decline declined shrink shrank; end ended
finish finished; large big huge; small little tiny; film movie; car automobile; doctor physician;
quick fast rapid; child kid children; percent percentage; seen shown showed observed found detected;
sea ocean; murder murdered kill killed; build built construct constructed; error mistake; answer
reply; allow allowed permit permitted; forbid forbidden prohibit prohibited ban banned; illness
disease sickness; shop store; costly costlier expensive; help assist; need require; harmful
dangerous unsafe; situated located; type kind sort; begin beginning start; lawyer attorney; country
nation; town city; company firm business; father dad; mother mum mom; author writer; novel book;
song tune; picture painting; ship boat vessel; autumn fall; sick ill; close shut; lift elevator;
flat apartment; petrol gasoline; soccer football; aeroplane airplane plane aircraft; telephone
phone; refrigerator fridge; television tv; photograph photo; examination exam; laboratory lab;
advertisement advert ad; mathematics math maths; gymnasium gym; influenza flu; hippopotamus hippo;
rhinoceros rhino; spectacles glasses; trousers pants; infant baby; rabbit bunny; dog hound; donkey
ass; pig swine hog; stomach belly tummy; sweat perspiration; urine pee; skull cranium; kneecap
patella; shinbone tibia; thighbone femur; collarbone clavicle; jawbone mandible; windpipe trachea;
backbone spine; breastbone sternum; cow cattle; gold golden; wood wooden; wool woollen woolen;
colour color; grey gray; theatre theater; centre center; plough plow; tyre tire; gaol jail prison;
cheque check; aluminium aluminum; sulphur sulfur; caesium cesium; programme program; anaemia anemia
"""


def _meant_alike() -> dict[str, frozenset[str]]:
    alike: dict[str, set[str]] = {}
    for group in ";".join((_FORMS, _SHORT_FORMS, _FIRST_NAMES, _PLACES, _SYNONYMS)).split(";"):
        stems = [stem(word) for word in group.split()]
        for word in stems:
            alike.setdefault(word, set()).update(stems)
    return {word: frozenset(others) for word, others in alike.items()}


# A word may be in several groups: second is a time, and the place after the first.
SYNONYMS = _meant_alike()
# What comes with a name and is none: President Obama is Barack Obama.
TITLES = frozenset(
    stem(word)
    for word in """
    mr mrs ms miss dr doctor sir dame lord lady saint st king queen prince princess duke duchess
    emperor empress tsar czar pope cardinal bishop archbishop father brother sister reverend rev
    president vice chancellor premier minister prime governor senator mayor judge justice general
    colonel major captain lieutenant sergeant admiral marshal professor prof chief sheikh sultan
    baron baroness count countess earl viscount rabbi imam usa america uk jr sr
    """.split()
)

# Classes of which two answers that each name another member cannot both be right. Their members
# are words of their own however alike they are spelt: Austria is no slip for Australia.
_CLASSES = """
january february march april may june july august september october november december;
monday tuesday wednesday thursday friday saturday sunday;
spring summer autumn winter;
red orange yellow green blue purple violet pink brown black white grey gray indigo;
km kilometer kilometre mph mile meter metre cm centimeter mm millimeter foot feet inch yard;
kg kilogram gram pound lb ounce ton tonne mg milligram mcg microgram;
nanosecond millisecond second minute hour day week month year decade century;
hourly daily weekly monthly quarterly yearly;
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
