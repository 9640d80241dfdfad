"""Units as answers of their own: newton and N, ohm and Ω, where a question asks for the unit."""

from __future__ import annotations

import re

# A unit's sign, and what languages call it.
_TABLE = """
N = newton|newtons|ньютон|牛顿|牛|ニュートン|뉴턴|نيوتن|न्यूटन|niuton
Pa = pascal|pascals|паскаль|帕斯卡|帕|パスカル|파스칼|باسكال|पास्कल|paskal
W = watt|watts|ватт|vatios|vatio|瓦特|瓦|ワット|와트|واط|वाट|wat
J = joule|joules|джоуль|julio|julios|焦耳|焦|ジュール|줄|جول|जूल|dżul
A = ampere|amperes|amp|amps|ampère|amperio|amperios|ампер|安培|安|アンペア|암페어|أمبير|एम्पियर|
  amper
V = volt|volts|voltio|voltios|вольт|伏特|伏|ボルト|볼트|فولت|वोल्ट|wolt
Ω = ohm|ohms|ohmio|ohmios|ом|欧姆|欧|オーム|옴|أوم|ओम|om
K = kelvin|kelvins|кельвин|开尔文|ケルビン|켈빈|كلفن|केल्विन
mol = mole|moles|mol|моль|摩尔|モル|몰|مول|मोल
cd = candela|candelas|кандела|坎德拉|カンデラ|칸델라
Hz = hertz|герц|hercio|hercios|赫兹|ヘルツ|헤르츠|هرتز|हर्ट्ज़|herc
C = coulomb|coulombs|кулон|库仑|クーロン|쿨롱|كولوم|कूलॉम|kulomb
T = tesla|teslas|тесла|特斯拉|テスラ|테슬라
F = farad|farads|faradio|фарад|法拉|ファラド|패럿
H = henry|henries|henrys|генри|亨利|ヘンリー|헨리
Wb = weber|webers|вебер|韦伯
Bq = becquerel|becquerels|беккерель|贝克勒尔
Sv = sievert|sieverts|зиверт|西弗
lm = lumen|lumens|люмен|流明
lx = lux|люкс|勒克斯
m = metre|metres|meter|meters|mètre|metro|metros|метр|米|メートル|미터|متر|मीटर|metr
kg = kilogram|kilograms|kilogramme|kilogramm|kilogramo|kilogrammo|quilograma|килограмм|
  千克|公斤|キログラム|킬로그램|كيلوغرام|किलोग्राम
s = second|seconds|sekunde|seconde|segundo|secondo|секунда|秒|초|ثانية|सेकंड|sekunda
dB = decibel|decibels|dezibel|décibel|decibelio|децибел|分贝|デシベル|데시벨
eV = electronvolt|electron volt|elektronenvolt|électronvolt
rad = radian|radians|radiant|радиан|弧度|ラジアン
bit = bit|bits|бит|比特|ビット|비트
B = byte|bytes|octet|байт|字节|バイト|바이트
"""
_SIGNS = {
    name.casefold(): sign
    for line in _TABLE.strip().replace("\n  ", "").splitlines()
    for sign, _, names in [line.partition(" = ")]
    for name in names.split("|")
}
_NAME = re.compile(
    "(?:" + "|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True)) + r")(?!\w)",
    re.IGNORECASE,
)
_SIGN = re.compile(
    "(?:" + "|".join(sorted(set(_SIGNS.values()), key=len, reverse=True)) + r")(?![\w/·⋅*²³^])"
)


def unit_at(text: str, place: int) -> tuple[str, int] | None:
    """The sign of the unit that is named here, or stands here, and where it ends."""
    if match := _NAME.match(text, place):
        return _SIGNS[match[0].casefold()], match.end()
    match = _SIGN.match(text, place)
    return (match[0], match.end()) if match else None
