"""What a question is about, where a notation has names of its own: a symbol, a key, a formula."""

from __future__ import annotations

import re

LONGEST = 20_000  # characters of a question that are looked through, from its end
_TOPICS = {
    topic: re.compile(form, re.IGNORECASE)
    for topic, form in {
        "symbol": r"\b(?:symbols?|characters?|signs?|operators?|letters?|marks?|wildcards?|emojis?|"
        r"notation|punctuation|delimiters?|separators?|escape|brackets?|quantifiers?|"
        r"metacharacters?|numerals?|markings?|anchors?|entity|"
        r"zeichen|symbole?|\w*(?:zeichen|operator|symbol)|operatoren|buchstabe|klammern|"
        r"signes?|caractères?|opérateurs?|lettres?|parenthèses|crochets|"
        r"símbolos?|signos?|caracter(?:es)?|carácter|operador(?:es)?|letras?|"
        r"simbol[oi]|segn[oi]|caratter[ei]|operator[ei]|letter[ae]|sinal|sinais|caractere|"
        r"tekens?|operators|haakjes|znaki?|znakiem|symbol\w*|operator\w*|litera|literę|litery|"
        r"sembol\w*|simge\w*|işaret\w*|karakter\w*|operatör\w*|harf\w*|"
        r"simbol|tanda|lambang|huruf|karakter)\b|знак|символ|оператор|букв|скобк|"
        r"符号|記号|运算符|演算子|字符(?!串)|文字で|字母|기호|연산자|문자(?!열)|부호|رمز|علامة|حرف|"
        r"प्रतीक|चिह्न|चिन्ह|अक्षर|संकेत|"
        r"\bhow (?:is|are|do you|would you|does one)\b.{0,80}"
        r"\b(?:written|denoted|noted|notated|typed|abbreviated|represented|write|type|denote)\b",
        "formula": r"\bformula\b|formel\b|\bformule\b|fórmula|\bwzór\b|формул|formül|\brumus\b|"
        r"化学式|分子式|組成式|화학식|분자식|صيغة|सूत्र|"
        r"\bcode\b|\babbreviat|\bacronym|\bkürzel|\babkürzung|abréviation|abreviatura|sigla\b|"
        r"afkorting|skrót|сокращени|обозначени|kısaltma|singkatan|缩写|略称|略号|약자|약어|"
        r"spectral (?:type|class)",
        "logic": r"\bconnectives?\b|\blogic(?:al)?\b|\bgates?\b|\bquantifiers?\b|\bpropositional\b|"
        r"\bboolean\b",
        "grade": r"\b(?:ratings?|grades?|graded|rated)\b",
        "section": r"\b(?:sections?|articles?|clauses?|paragraphs?|statutes?|provisions?|"
        r"regulations?|artículos?|articolo|articoli|artigos?|artikel|artykuł\w*|paragraph\w*|paragraf\w*|norma?|"
        r"madde\w*|pasal)\b|стать|§",
        "stars": r"\bstars?\b.{0,40}\b(?:give|gave|award|rat|review|hotel|receiv|get|got)\w*|"
        r"\b(?:rat|review|award|how many)\w*\b.{0,40}\bstars?\b|sterne|étoiles|estrellas|stelle|"
        r"estrelas|звёзд|звезд|星|별점",
        "chess": r"\bchess\b|\bcastl|\bcheckmate|\bgrandmaster|\b(?:white|black) (?:play|move)|"
        r"opening move",
        "wind": r"\b(?:direction|compass|heading|bearing|wind|which way)\b",
        "card": r"\bcards?\b|\bspielkarte|\bcartas?\b|\bcarte\b|карт[ауы]\b",
        "size": r"\bsizes?\b.{0,60}"
        r"\b(?:wear|order|shirt|jacket|coat|dress|take|need|fit|buy|bought)\w*|"
        r"\b(?:shirt|jacket|coat|dress|clothing|t-shirt)\b.{0,40}\bsizes?\b",
        "permission": r"\bpermissions?\b|\bchmod\b|\bfile mode\b|berechtigung|permisos\b|"
        r"\bdroits\b",
        "dynamic": r"\bdynamics?\b|\b(?:loud|soft|quiet)\w*\b",
        "interval": r"\bintervals?\b",
        "music": r"\b(?:minor|major|chords?|key|dur|moll|mineure?|majeure?|accord[oi]?|"
        r"acordes?|akkord\w*|tonart|(?:which|what|the) notes?|"
        r"tonalit\w*|tonalidade?|toonsoort|akoord|tonacj\w*|scale|armadura|signature)\b|"
        r"тональност|аккорд|調|和音|コード|조성|화음",
        "blood": r"\bblood|\bblut|\bsang|\bbloed|\bkrwi|\bkan grub|\bdarah|кров|血|혈액|دم|"
        r"रक्त",
        "shortcut": r"shortcut|key combination|keystroke|hotkey|keys? (?:do|to)|tastenk|"
        r"tastatur|"
        r"raccourci|touches|atajo|combinaci[oó]n de teclas|scorciatoia|tasti|atalho|teclas|"
        r"toetsencombinatie|sneltoets|skr[oó]t klawi|kombinacj|сочетани\w* клавиш|комбинаци|"
        r"клавиш|"
        r"kısayol|tuş|pintasan|快捷键|快捷鍵|ショートカット|キー|단축키|اختصار|शॉर्टकट",
        "isotope": r"isotop|radio|nucl|\bdating\b|half-life|изотоп|同位|동위|نظير|समस्थानिक",
        "element": r"\belements?\b|\bmetals?\b|chemical symbol|\bgas(?:es)?\b|atomic number|"
        r"\belement|chemisches symbol|symbole chimique|símbolo químico|simbolo chimico|élément|"
        r"symbol chemiczny|pierwiast|элемент|химическ\w+ (?:символ|знак)|kimyasal sembol|"
        r"\bunsur|lambang kimia|simbol kimia|元素|化学記号|化学符号|원소|عنصر|الرمز الكيميائي|"
        r"तत्व|रासायनिक प्रतीक|símbolo d[aoe]|simbolo del|symbole d[eu]",
        "complexity": r"complexit|komplexit|complejidad|complessit|complexidade|złożonoś|"
        r"сложност|"
        r"big[- ]o|running time|runtime|karmaşıkl|kompleksitas|复杂度|計算量|복잡도|التعقيد|"
        r"जटिलता",
        "currency": r"\bcurrenc(?:y|ies)\b|währung|\bdevise\b|\bmonnaie\b|\bmoneda\b|"
        r"\bdivisa\b|"
        r"\bvaluta\b|\bmoeda\b|\bwalut|валют|para birim|mata uang|"
        r"货币|貨幣|通貨|통화|عملة|العملة|मुद्रा",
        "status": r"\bhttp\b|\bstatus code|statuscode|code de statut|"
        r"código de estado|код состояния|状态码",
        "substance": r"\bgas(?:es)?\b|\bcompounds?\b|\bacids?\b|\bformula|\bchemical|\bmolecul|"
        r"\bsubstance|\bsalts?\b|\bgaz\b|\bformel\b|verbindung|\bsäure|\bstoff\b|\bformule\b|"
        r"composé|"
        r"\bacide\b|fórmula|compuesto|\bácido|sustancia|\bgás\b|composto|\bacido\b|sostanza|"
        r"verbinding|\bzuur\b|\bwzór|związek|\bkwas\b|формул|кислот|веществ|\bгаз|bileşi|"
        r"\bgazı?\b|asit|"
        r"\brumus|senyawa|\basam\b|化学式|气体|化合物|酸|気体|物質|기체|화학식|화합물|الغاز|"
        r"غاز|صيغة|المركب|गैस|सूत्र|"
        r"\bparticle|\bteilchen|particule|partícula|particella|deeltje|cząstk|частиц|粒子|입자",
        "unit": r"\bunits?\b|\beinheit|\bunité|\bunidad\b|\bunità\b|\bunidade\b|"
        r"\beenheid|jednostk|единиц|\bbirim|\bsatuan\b|"
        r"单位|單位|単位|단위|وحدة|"
        r"मात्रक|इकाई",
        "money": r"\bcosts?\b|\bprices?\b|\bpaid\b|\bpay\b|\bsalar|\bfees?\b|\bbudget|\bfine\b|"
        r"\bcharged?\b|\bworth\b|\bwages?\b|"
        r"\bearn|\bbill\b|\btip\b|\bdeposit|\brent\b|\binvoice|\bmoney\b|\bsum\b|\bdonat",
        "file": r"\bextensions?\b|\bsuffix|filename|\bfile\b|\bdatei|\bfichier|\barchivo|"
        r"\bficheiro|\barquivo|\bbestand|\bplik|файл|\bdosya|\bberkas|文件|拡張子|ファイル|파일|ملف|फ़ाइल",
        "odds": r"\bodds\b|\bquoten?\b|\bcotes?\b|\bcuotas?\b|\bquota\b|коэффициент|"
        r"赔率|オッズ|배당",
        "often": r"\bhow often\b|how many times|\bfrequen|\bwie oft\b|häufig|combien de fois|"
        r"fréquence|con qué frecuencia|cuántas veces|ogni quanto|quante volte|"
        r"com que frequência|"
        r"quantas vezes|\bhoe vaak\b|jak często|ile razy|как часто|сколько раз|ne sıklıkla|"
        r"kaç kez|kaç kere|"
        r"seberapa sering|berapa kali|多久.{0,2}次|多长时间.{0,2}次|频率|几次|"
        r"どのくらいの頻度|頻度|何回|얼마나 자주|몇 번|كم مرة|कितनी बार|\bdos(?:e|age)|"
        r"\btake\b.{0,40}(?:antibiotic|medicine|tablet|pill)",
        "confidence": r"confidence interval|\bcredible interval|\bci\b|konfidenzintervall|"
        r"intervalle de confiance|intervalo de confian[zç]a|intervallo di confidenza|"
        r"betrouwbaarheidsinterval|przedział ufności|доверительн\w+ интервал|güven aralığı|"
        r"置信区间|信頼区間|신뢰 ?구간|فترة الثقة|selang kepercayaan",
        "ratio": r"\bratio|proportion|verhältnis|\brapport\b|\bproporci|\brapporto\b|\bproporç|"
        r"\brazão\b|verhouding|proporcj|\bstosun|соотношени|пропорци|\boran|\brasio|perbandingan|"
        r"\bodds\b|比例|比率|配比|割合|비율|نسبة|अनुपात",
        "vote": r"\bvote[sd]?\b|\bvoting\b|\bruling split|abstimmung|abgestimmt|\bstimmen\b|"
        r"\bvotation|\bvotaci|\bvotación|\bvoto\b|\bvotos\b|\bvoti\b|\bvotazione|votaç|"
        r"\bstemming|\bgestemd|głosowa|голосова|\boylama|\boy sayı|pemungutan suara|"
        r"投票|表决|採決|표결|투표|تصويت|मतदान",
        "century": r"\bcentur(?:y|ies)\b|jahrhundert|\bsiècle|\bsiglo|\bsecolo|\bséculo|\beeuw\b|"
        r"\bwieku?\b|\bвек[аеу]?\b|yüzyıl|\babad\b|世纪|世紀|세기|القرن|सदी",
        "quarter": r"\bquarter\b|quartal|trimestr|kwarta[ał]|квартал|çeyre[kğ]|kuartal|"
        r"季度|四半期|분기",
        "growth": r"\bfactor\b|"
        r"\bhow (?:much|did|has|have)\b.{0,80}\b(?:grow|grown|rise|risen|rose|change|"
        r"changed|increase|increased|"
        r"develop)|\bchange\b|\bfaktor\b|\bfacteur\b|\bverändert|évolué|"
        r"cambi[óo]|\bfattore\b|\bfator\b|mudou|veranderd|zmieni|изменил|во сколько раз|değiş|"
        r"berubah|变化|增长|変化|増え|변했|늘었|تغير|बदल",
        "aperture": r"\baperture|f-?(?:stop|number)\b|\bblende|ouverture|apertura|abertura|"
        r"diafragma|przysłon|diyafram|диафрагм|光圈|絞り|조리개",
        "pages": r"\bpages?\b|\bpp\.|\bseiten?\b|\bpáginas?\b|\bpagin[ae]\b|\bpagina's\b|"
        r"\bstron[ay]?|страниц|\bsayfa|\bhalaman|页|頁|ページ|쪽|페이지",
        "language": r"\blanguages?\b|programmiersprache|langages?\b|lenguaje|linguagg|"
        r"linguage[mn]",
        "rank": r"\b(?:place|position|rank(?:ed|ing)?|finish|floor|prize)\b",
        "mask": r"\bsubnet|netmask|network mask|\bcidr\b|subnetz|netzmaske|\bmasque\b|máscara|"
        r"maschera|\bmaska|маск[аиу]|子网|サブネット|서브넷",
        "offset": r"(?<![a-z])(?:utc|gmt)(?![a-z])|time ?zone|zeitzone|fuseau|huso horario|fuso|"
        r"tijdzone|"
        r"часов\w* пояс|時差|时区",
    }.items()
}


def of(text: str) -> frozenset[str]:
    """The topics that a question's words name."""
    return frozenset(topic for topic, form in _TOPICS.items() if form.search(text))


def asks_for_sign(question: str) -> bool:
    """Whether a question asks for a sign, so that a mere mark answers it."""
    return _TOPICS["symbol"].search(question[-LONGEST:]) is not None
