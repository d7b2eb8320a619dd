"""The words around codes, contacts and marks, as regular expressions over folded text.

In English, Indonesian, Thai, Vietnamese, Spanish and Chinese; written as people write them, and folded here.
"""

import re

from orders.labels.folding import fold

GAP = r"[\s,:;-]+"


def alternatives(*phrases: str) -> str:
    """Give one folded pattern for *phrases*; a space in one is any gap, Latin words match as whole words."""
    return "|".join(_folded(phrase) for phrase in phrases)


def _folded(phrase: str) -> str:
    pieces = re.split(r"(\\.)", phrase)  # what is escaped stays as it is: ``\\S`` is not ``\\s``
    pattern = "".join(piece if piece.startswith("\\") else fold(piece).text for piece in pieces)
    pattern = pattern.replace(" ?", r"\s*").replace(" ", GAP)
    letters = re.findall(r"[^\W_]", re.sub(r"\(\?<?[!=][^)]*\)", "", pattern))
    opening = r"(?<![a-z0-9])" if letters[:1] and letters[0].isascii() else ""
    closing = r"(?![a-z0-9])" if letters[:1] and letters[-1].isascii() else ""
    return f"{opening}(?:{pattern}){closing}"


PHONE_CUES = alternatives(
    *(
        "tel",
        "telp",
        "telephone",
        "telepon",
        "teléfono",
        "tfno",
        "tlf",
        "phone",
        "ph",
        "mobile",
        "cell",
        "call",
        "ring",
        "hotline",
    ),
    *(
        "text",
        "sms",
        "whatsapp",
        "wa",
        "hp",
        "no hp",
        "hubungi",
        "telpon",
        "kontak",
        "contact",
        "contacto",
        "móvil",
        "llame",
    ),
    *("llámenos", "sđt", "đt", "điện thoại", "gọi", "liên hệ", "zalo", "viber", "telegram", "fax", "anruf", "handy"),
    *(
        "โทร",
        "โทรศัพท์",
        "เบอร์โทร",
        "เบอร์",
        "มือถือ",
        "ติดต่อ",
        "电话",
        "手机",
        "手机号",
        "联系",
        "致电",
        "同号",
        "微信",
        "微信同号",
    ),
    *("☎", "📞", "📱", "✆", "☏", "📲"),
)

DIGIT_WORDS = "|".join(
    fold(word).text
    for word in (
        *("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple"),
        *("nol", "kosong", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"),
        *("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
        *("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "bẩy", "tám", "chín"),
        *("ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"),
    )
)

#: Places outside the marketplace where people write to each other or sell. Their mere name is contact enough.
PLATFORMS = alternatives(
    *(
        "wh?[a4]t'?s ?[a4]pp?",
        "wsp",
        "wpp",
        "wass?ap",
        "guasap",
        "we ?chat",
        "weixin",
        "zalo",
        "viber",
        "telegram",
        "insta",
        "instagram",
    ),
    *("face ?book", "snapchat", "kakao ?talk", "youtube", "pinterest", "discord", "skype", "linkedin", "shopee"),
    *("lazada", "tokopedia", "bukalapak", "aliexpress", "amazon", "ebay", "etsy", "shein", "taobao", "wallapop"),
    *(
        "mercado ?libre",
        r"(?<!ออน)(?<!เอ)ไลน์\s*(ไอดี)?",
        "แอดไลน์",
        "เฟซบุ๊ก",
        "เฟสบุ๊ค",
        "เฟสบุค",
        "ไอจี",
        "อินสตาแกรม",
        "วอทส์แอป",
    ),
    *(
        "微信(?!支付)",
        "薇信",
        "威信",
        "维信",
        r"[微薇威v]\s*❤",
        r"((加|➕)\s*)?v\s*信",
        r"(加|➕)\s*[v微薇威]",
        "扣扣",
        "公众号",
        "小红书",
        "淘宝",
    ),
    *("拼多多", "闲鱼", "抖音号", "快手", "微博", "朋友圈"),
)

#: Names that are words as well: they say something only beside an account or a verb.
SHORT_PLATFORMS = "line|wa|ig|fb|tg|vx|wx|qq|signal|ins|tele|vk|twitter|kakao|kik|messenger|tiki|temu|sendo"
ADDING = alternatives(
    *(
        "add",
        "add us on",
        "add me on",
        "follow",
        "follow us on",
        "find us on",
        "chat on",
        "dm",
        "dm us on",
        "message us on",
    ),
    *(
        "text us on",
        "write us on",
        "reach us on",
        "via",
        "lewat",
        "chat",
        "hubungi",
        "tambah",
        "thêm",
        "kết bạn",
        "nhắn",
    ),
    *("inbox", "síguenos en", "escríbanos por", "agréganos en", "por", "แอด", "เพิ่มเพื่อน", "ทัก", "加", "➕", "添加"),
)

#: A text that asks to scan something asks for a QR code.
SCANNING = alternatives(
    r"(scan|read)( (me|the|this|our|my|a))*( \w+)? ?qr( ?codes?)?",
    "scan me",
    r"qr ?codes?",
    r"(pindai|scan|scan di) (kode )?qr( \w+)?",
    "kode qr",
    r"สแกน(คิวอาร์|qr|โค้ด|เพื่อ)?\S{0,12}",
    "คิวอาร์โค้ด",
    r"quét (mã|qr)( qr)?",
    "mã qr",
    r"escane(e|a|ar) (el |este |nuestro )?(código|qr)( qr)?",
    "código qr",
    r"扫(一扫|码|描二维码|二维码|我)",
    "二维码",
)

#: Marks that say "fragile" (R3, R4).
FRAGILE = alternatives(
    *(
        "fragile",
        "frágil",
        "mudah pecah",
        "pecah belah",
        "barang pecah",
        "ระวังแตก",
        "แตกง่าย",
        "hàng dễ vỡ",
        "dễ vỡ",
        "易碎",
        "易碎品",
    ),
    *("zerbrechlich", "glass", "handle with care"),
)
FRAGILE_MARK = re.compile(FRAGILE)
