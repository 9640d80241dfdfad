"""Compounds and particles by their names: carbon dioxide and CO2 are one thing."""

from __future__ import annotations

import re

# A formula, and what it is called, in English and in the languages that call it otherwise.
_TABLE = """
CO2 = carbon dioxide|kohlendioxid|kohlenstoffdioxid|dioxyde de carbone|gaz carbonique|
  dióxido de carbono|anidride carbonica|biossido di carbonio|koolstofdioxide|koolzuurgas|
  dwutlenek węgla|углекислый газ|диоксид углерода|karbondioksit|karbon dioksit|
  karbon dioksida|二氧化碳|二酸化炭素|이산화 탄소|이산화탄소|ثاني أكسيد الكربون|कार्बन डाइऑक्साइड
CO = carbon monoxide|kohlenmonoxid|monoxyde de carbone|monóxido de carbono|
  monossido di carbonio|koolmonoxide|tlenek węgla|угарный газ|karbonmonoksit|
  karbon monoksida|一氧化碳|一酸化炭素|일산화탄소|أول أكسيد الكربون|कार्बन मोनोऑक्साइड
H2O = water|wasser|eau|agua|acqua|água|woda|вода|su|air|水|물|ماء|الماء|पानी|जल
NaCl = sodium chloride|natriumchlorid|chlorure de sodium|cloruro de sodio|
  cloruro di sodio|cloreto de sódio|natriumchloride|chlorek sodu|хлорид натрия|
  sodyum klorür|natrium klorida|氯化钠|塩化ナトリウム|염화나트륨|كلوريد الصوديوم|सोडियम क्लोराइड
NH3 = ammonia|ammoniak|ammoniac|amoníaco|amoniaco|ammoniaca|amônia|amoniak|аммиак|
  amonyak|amonia|氨|アンモニア|암모니아|أمونيا|الأمونيا|अमोनिया
CH4 = methane|methan|méthane|metano|methaan|metan|метан|metana|甲烷|メタン|메탄|ميثان|الميثان|
  मीथेन
O2 = oxygen gas|dioxygen|molecular oxygen|sauerstoff|dioxygène|oxygène|oxígeno|ossigeno|
  oxigênio|zuurstof|tlen|кислород|oksijen|oksigen|氧气|酸素|산소|الأكسجين|ऑक्सीजन
H2 = hydrogen gas|dihydrogen|molecular hydrogen|wasserstoff|dihydrogène|hydrogène|
  hidrógeno|idrogeno|hidrogênio|waterstof|wodór|водород|hidrojen|hidrogen|氢气|水素|수소|
  الهيدروجين|हाइड्रोजन
N2 = nitrogen gas|dinitrogen|molecular nitrogen|stickstoff|azote|diazote|nitrógeno|azoto|
  nitrogênio|stikstof|azot|азот|nitrojen|nitrogen|氮气|窒素|질소|النيتروجين|नाइट्रोजन
O3 = ozone|ozon|ozono|ozônio|озон|臭氧|オゾン|오존|الأوزون|ओज़ोन
HCl = hydrochloric acid|hydrogen chloride|salzsäure|acide chlorhydrique|
  ácido clorhídrico|acido cloridrico|ácido clorídrico|zoutzuur|kwas solny|
  kwas chlorowodorowy|соляная кислота|hidroklorik asit|asam klorida|盐酸|塩酸|염산|
  حمض الهيدروكلوريك|हाइड्रोक्लोरिक अम्ल
H2SO4 = sulfuric acid|sulphuric acid|schwefelsäure|acide sulfurique|ácido sulfúrico|
  acido solforico|zwavelzuur|kwas siarkowy|серная кислота|sülfürik asit|asam sulfat|硫酸|
  황산|حمض الكبريتيك|सल्फ्यूरिक अम्ल
HNO3 = nitric acid|salpetersäure|acide nitrique|ácido nítrico|acido nitrico|salpeterzuur|
  kwas azotowy|азотная кислота|nitrik asit|asam nitrat|硝酸|질산|حمض النيتريك|नाइट्रिक अम्ल
H3PO4 = phosphoric acid|phosphorsäure|acide phosphorique|ácido fosfórico|acido fosforico|
  fosforzuur|kwas fosforowy|фосфорная кислота|fosforik asit|磷酸|リン酸|인산
CH3COOH = acetic acid|ethanoic acid|essigsäure|acide acétique|ácido acético|
  acido acetico|azijnzuur|kwas octowy|уксусная кислота|asetik asit|asam asetat|乙酸|醋酸|酢酸|
  아세트산
H2O2 = hydrogen peroxide|wasserstoffperoxid|peroxyde d'hydrogène|eau oxygénée|
  peróxido de hidrógeno|agua oxigenada|perossido di idrogeno|acqua ossigenata|
  peróxido de hidrogênio|waterstofperoxide|nadtlenek wodoru|пероксид водорода|
  hidrojen peroksit|过氧化氢|過酸化水素|과산화수소
NaOH = sodium hydroxide|natriumhydroxid|hydroxyde de sodium|hidróxido de sodio|
  idrossido di sodio|hidróxido de sódio|natriumhydroxide|wodorotlenek sodu|
  гидроксид натрия|sodyum hidroksit|氢氧化钠|水酸化ナトリウム|수산화나트륨
KOH = potassium hydroxide|kaliumhydroxid|hydroxyde de potassium|hidróxido de potasio
CaCO3 = calcium carbonate|calciumcarbonat|kalziumkarbonat|carbonate de calcium|
  carbonato de calcio|carbonato di calcio|carbonato de cálcio|węglan wapnia|
  карбонат кальция|kalsiyum karbonat|碳酸钙|炭酸カルシウム|탄산칼슘
CaO = calcium oxide|quicklime|calciumoxid|oxyde de calcium|óxido de calcio
MgO = magnesium oxide|magnesiumoxid|oxyde de magnésium|óxido de magnesio|
  ossido di magnesio|tlenek magnezu|оксид магния|氧化镁|酸化マグネシウム
NaHCO3 = sodium bicarbonate|sodium hydrogen carbonate
Na2CO3 = sodium carbonate|natriumcarbonat|carbonate de sodium|carbonato de sodio
SO2 = sulfur dioxide|sulphur dioxide|schwefeldioxid|dioxyde de soufre|dióxido de azufre|
  anidride solforosa|dióxido de enxofre|zwaveldioxide|dwutlenek siarki|диоксид серы|二氧化硫|
  二酸化硫黄
SO3 = sulfur trioxide|sulphur trioxide|schwefeltrioxid
NO = nitric oxide|nitrogen monoxide|stickstoffmonoxid
NO2 = nitrogen dioxide|stickstoffdioxid|dioxyde d'azote|dióxido de nitrógeno
N2O = nitrous oxide|lachgas|protoxyde d'azote|óxido nitroso
H2S = hydrogen sulfide|hydrogen sulphide|schwefelwasserstoff|sulfure d'hydrogène
SiO2 = silicon dioxide|silica|siliciumdioxid|siliziumdioxid|dioxyde de silicium|
  dióxido de silicio
Fe2O3 = iron(III) oxide|ferric oxide|eisen(III)-oxid
FeO = iron(II) oxide|ferrous oxide
Al2O3 = aluminum oxide|aluminium oxide|alumina|aluminiumoxid
TiO2 = titanium dioxide|titandioxid
CuSO4 = copper(II) sulfate|copper sulfate|copper sulphate|kupfersulfat|sulfate de cuivre|
  sulfato de cobre
AgNO3 = silver nitrate|silbernitrat|nitrate d'argent|nitrato de plata
AgCl = silver chloride|silberchlorid|chlorure d'argent
KCl = potassium chloride|kaliumchlorid|chlorure de potassium|cloruro de potasio
KMnO4 = potassium permanganate|kaliumpermanganat
MgCl2 = magnesium chloride|magnesiumchlorid
CaCl2 = calcium chloride|calciumchlorid
Mg(OH)2 = magnesium hydroxide|magnesiumhydroxid
Ca(OH)2 = calcium hydroxide|slaked lime|calciumhydroxid
NH4+ = ammonium ion|ammonium
OH- = hydroxide ion|hydroxide|ho-|hydroxidion|hydroxid-ion|ion hydroxyde|ion hidróxido|
  ione idrossido|氢氧根离子|水酸化物イオン|гидроксид-ион
H+ = hydrogen ion|wasserstoffion|ion hydrogène|ion hidrógeno|水素イオン|氢离子|ион водорода|
  수소 이온|hydrogen cation
H3O+ = hydronium ion|hydronium|oxonium ion|ion hydronium|オキソニウムイオン|水合氢离子
Na+ = sodium ion|natriumion|natrium-ion|ion sodium|ion sodio|ione sodio|ナトリウムイオン|钠离子|
  ион натрия|나트륨 이온|sodium cation
K+ = potassium ion|kaliumion|ion potassium|ion potasio|カリウムイオン|钾离子|ион калия|칼륨 이온
Li+ = lithium ion
Ag+ = silver ion
Ca2+ = calcium ion|calciumion|ion calcium|ion calcio|カルシウムイオン|钙离子|ион кальция|칼슘 이온
Mg2+ = magnesium ion|magnesiumion|ion magnésium|ion magnesio|マグネシウムイオン|镁离子
Ba2+ = barium ion
Zn2+ = zinc ion
Al3+ = aluminum ion|aluminium ion|aluminiumion
Fe2+ = ferrous ion|iron(II) ion|iron(II)
Fe3+ = ferric ion|iron(III) ion|iron(III)
Cu2+ = cupric ion|copper(II) ion|copper(II)
Cu+ = cuprous ion|copper(I) ion|copper(I)
F- = fluoride ion|fluoride
Cl- = chloride ion|chloride|chloridion|ion chlorure|ion cloruro|塩化物イオン|氯离子|хлорид-ион
Br- = bromide ion|bromide
I- = iodide ion|iodide
S2- = sulfide ion|sulphide ion|sulfide|sulphide
NO3- = nitrate ion|nitrate|nitration|ion nitrate|硝酸イオン|硝酸根离子
NO2- = nitrite ion|nitrite
SO42- = sulfate ion|sulphate ion|sulfate|sulphate|sulfation|ion sulfate|硫酸イオン|硫酸根离子
CO32- = carbonate ion|carbonate|ion carbonate|炭酸イオン|碳酸根离子
HCO3- = bicarbonate ion|bicarbonate|hydrogen carbonate|hydrogencarbonate
PO43- = phosphate ion|phosphate|ion phosphate|リン酸イオン|磷酸根离子
C2H5OH = ethanol|ethyl alcohol|éthanol|etanol|этанол|乙醇|エタノール|에탄올
CH3OH = methanol|methyl alcohol|méthanol|metanol|метанол|甲醇|メタノール
C6H6 = benzene|benzol|benzène|benceno|бензол|苯|ベンゼン
C6H12O6 = glucose|glukose|глюкоза|葡萄糖|ブドウ糖|포도당
C2H4 = ethylene|ethene|ethylen|éthylène|etileno
C2H2 = acetylene|ethyne|acetylen|acétylène|acetileno
C3H8 = propane|propan|propano|пропан|丙烷|プロパン
C4H10 = butane|butan|butano|бутан
UF6 = uranium hexafluoride
CCl4 = carbon tetrachloride|tetrachloromethane
e- = electron|elektron|électron|electrón|elettrone|elétron|электрон|elektron|电子|電子|전자|
  إلكترون|इलेक्ट्रॉन
"""
_FORMULAS = {
    name.casefold(): formula
    for line in _TABLE.strip().replace("\n  ", "").splitlines()
    for formula, _, names in [line.partition(" = ")]
    for name in names.split("|")
}
_FORMULA = re.compile(
    "(?:"
    + "|".join(sorted(map(re.escape, set(_FORMULAS.values())), key=len, reverse=True))
    + r")(?![\w+(-])"
)
_ELECTRON = re.compile(r"e\^?-(?!\w)")
_NAME = re.compile(
    "(?:" + "|".join(sorted(map(re.escape, _FORMULAS), key=len, reverse=True)) + r")",
    re.IGNORECASE,
)


def substance_at(text: str, place: int) -> tuple[str, int] | None:
    """The formula of what is named here, and where the name ends."""
    if sign := _ELECTRON.match(text, place):
        return "e-", sign.end()
    if formula := _FORMULA.match(text, place):
        return formula[0], formula.end()
    match = _NAME.match(text, place)
    if match is None or (match[0].isascii() and text[match.end() : match.end() + 1].isalpha()):
        return None
    return _FORMULAS[match[0].casefold()], match.end()
