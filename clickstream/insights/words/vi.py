"""Vietnamese words, told apart by their tones: `nam` is the south, `năm` a year or a five."""

from clickstream.insights.words.vocabulary import Vocabulary, terms

_SMALL = "(?:hai|ba|bốn|năm|sáu|bảy|bẩy|tám|chín|mười)"
_COUNTED = (
    "(?:phiên|đơn|khách|người|lượt|giỏ|sản phẩm|mặt hàng|trang|lần|ngày|tuần|tháng|giờ|phút|giây|mươi|trăm|nghìn|ngàn|triệu|"
    "tỷ|tỉ|phần|nhóm|bước|cửa|thiết bị|yếu tố|lý do|kênh)"
)
_GOES_ON = r"(?= (?!nữa|cho|để|khi|nếu|và|hoặc|vào|trên|trong|ở|từ|với|sau|trước|thì|bằng)\w)"
_ADVISED = (
    "(?<!^)(?<!hãy )(?<!nên )(?<!cần )(?<!để )(?<!giúp )(?<!nhằm )(?<!và )(?<!hoặc )(?<!thể )(?<!cách )(?<!muốn )(?<!việc )"
    "(?<!khả năng )(?<!sự )(?<!mức )(?<!hội )(?<![.,:;] )"
)
_MORE = "(?:cao|nhiều|lớn|dài|lâu|mạnh|đông|thường xuyên)"
_LESS = "(?:thấp|ít|nhỏ|ngắn|yếu|kém|chậm|hiếm)"
_MOVES = "(?:gia tăng|tăng|giảm|sụt|tụt|cải thiện|xấu đi|đi lên|đi xuống|suy giảm)"
_ABOUT = "(?:thêm |lên |mạnh |nhẹ |đến |tới |xuống |đi |còn |khoảng |được |bớt |ở mức |lên đến |lên tới |xuống còn )*"

VOCABULARY = Vocabulary(
    language="vi",
    # `một` is the article; `năm` a year, `ba` a father and `tư` a part of words, unless they count
    numbers=terms(
        "hai ba bốn sáu bảy bẩy tám chín mười mươi trăm nghìn ngàn triệu nửa rưỡi rưởi muoi tram nghin trieu mốt",
        rf"năm(?= {_COUNTED})",
        rf"(?:thứ|phần|mười|mươi|gấp|{_SMALL}|cả|chỉ|đúng) (?:năm|lăm)(?! (?:nay|ngoái|trước|qua|sau|tới))",
        "(?:thứ|phần|mươi|tháng) (?:tư|nhì)",
        "(?:chỉ|đúng|gấp|chỉ có|mười) một",
        "một (?:tá|cặp|đôi)",
        "(?:gấp|nhân|chia|tăng|làm) đôi",
        "(?<!\\w )t(?:ỷ|ỉ)(?= (?:đồng|đô|đơn|lượt))",
        rf"(?:{_SMALL}|trăm|nghìn|chục|một|vài|hàng) t(?:ỷ|ỉ)",
        "(?:thập kỷ|thập kỉ|thế kỷ|thế kỉ|quý (?:này|trước|sau|vừa qua)|hàng chục|vài chục|một chục)",
    ),
    compound="(?!)",
    percent=terms("", "phần (?:trăm|nghìn|ngàn)", "điểm phần"),
    currencies=terms("vnđ", "đô[ -]la", "nhân dân tệ", "bảng anh", "yên nhật", "# ?đồng", "(?:nghìn|ngàn|triệu|tỷ|tỉ) đồng"),
    time_units=terms("giây phút giờ tiếng ngày tuần tháng năm quý"),
    counted_nouns=terms("phiên lượt khách người đơn giỏ"),
    up=terms(
        "",
        rf"tăng {_ABOUT}#",
        rf"{_ADVISED}(?:gia tăng|tăng)(?! giá| cường| trưởng| tốc| doanh thu)",
        r"(?:đã|đang|vẫn|lại) (?:\w+ )?tăng",
        "thêm #",
        rf"ngày càng (?:{_MORE}|tăng)",
        "(?:có|thấy) (?:sự |mức |đà )(?:gia )?tăng",
        "(?:mức|sự|đà) tăng(?: trưởng)? (?:là )?#",
        "tăng trưởng #",
        "(?:tăng vọt|leo thang|đi lên|vọt lên|khởi sắc)",
        rf"# {_MORE} hơn",
        rf"{_MORE} hơn (?:khoảng )?#",
        rf"{_MORE} hơn{_GOES_ON}",
        f"{_MORE} hơn so với",
    ),
    down=terms(
        "",
        rf"(?:giảm|sụt|tụt) {_ABOUT}#",
        rf"{_ADVISED}giảm(?! giá| thiểu| bớt| tải)",
        r"(?:đã|đang|vẫn|lại) (?:\w+ )?(?:giảm|sụt|tụt)",
        rf"ngày càng (?:{_LESS}|giảm)",
        "(?:có|thấy) (?:sự |mức |đà )(?:suy |sụt )?giảm",
        "(?:mức|sự|đà) giảm (?:là )?#",
        "(?:sụt giảm|giảm sút|suy giảm|lao dốc|đi xuống|tụt dốc|giảm mạnh|thu hẹp)",
        rf"# {_LESS} hơn",
        rf"{_LESS} hơn (?:khoảng )?#",
        rf"{_LESS} hơn{_GOES_ON}",
        f"{_LESS} hơn so với",
    ),
    flat=terms("", "không (?:thay )?đổi", "ổn định", "giữ nguyên", "đi ngang", "chững lại"),
    better=terms("", "(?:đã|được|đang) cải thiện", "cải thiện (?:thêm |được )?#", "(?:tốt|khá) (?:hẳn )?lên"),
    worse=terms("", "(?:xấu|tệ|kém|tồi) (?:hẳn )?đi", "trở nên (?:tệ|xấu|kém)", "xuống cấp", "suy thoái"),
    compared=terms("", rf"(?:tốt|tệ|tồi|nhanh) hơn{_GOES_ON}", "(?:tốt|tệ|tồi|nhanh) hơn so với"),
    bounds=terms(
        "",
        "(?<!cao )(?<!thấp )(?<!nhiều )(?<!ít )(?<!lớn )(?<!nhỏ )(?<!dài )(?<!ngắn )hơn (?:cả )?#",
        "(?<!# )(?:trên|dưới) #",
        "(?:gần|ít nhất|nhiều nhất|tối thiểu|tối đa|lên đến|lên tới|chưa đến|chưa tới|không quá|không dưới|vượt|vượt quá|"
        "vượt mức|suýt|ngót) #",
        "# (?:trở (?:lên|xuống)|hoặc (?:hơn|nhiều hơn|ít hơn))",
    ),
    multiples=terms("", "gấp (?:khoảng )?#", "# lần (?:so với|nhiều hơn|cao hơn|lớn hơn|ít hơn)", "hơn # lần"),
    denials=terms("", rf"(?:không|chưa|chẳng|chả)(?: [^\s,;:.]+){{0,2}} {_MOVES}"),
    forecasts=terms("", rf"(?:sẽ|sắp|dự kiến|dự báo|kỳ vọng|ắt)(?: [^\s,;:.]+){{0,2}} {_MOVES}", "dự kiến sẽ"),
    causes=terms("", "bởi vì", "vì vậy", "do đó", "nhờ(?: vào| có)?", "gây ra", "dẫn đến", "khiến cho", "là do"),
    highest=terms("", f"{_MORE} nhất", "(?:phổ biến|bận rộn|sôi động) nhất"),
    lowest=terms("", f"{_LESS} nhất(?! #)"),
    leading=terms("", "(?:tốt|tệ|tồi|hay) nhất", "(?:hàng|dẫn|đứng) đầu", "đứng (?:cuối|bét)"),
    majority=terms(
        "",
        "(?:đa số|đa phần|phần lớn|hầu hết|chủ yếu|phần nhiều|quá bán)",
        r"(?<!thứ )(?<!duy )(?<!mới )(?<!gần )(?<!thống )(?<!sớm )(?<!ít )(?<!hoặc )(?!thứ|duy|mới|gần|thống|sớm|ít|cao|lớn|"
        r"dài|lâu|mạnh|đông|thấp|nhỏ|ngắn|yếu|kém|chậm|hiếm)\w+ "
        "nhất(?! định| thiết| quán)",
    ),
    minority=terms("", "(?:thiểu số|phần nhỏ)"),
    neutral={
        "cả hai": "đều",
        "ba ?lô": "túi",
        "ba mẹ|ông ba|của ba(?! \\w)": "bố",
        "t(?:ỷ|ỉ) (?:lệ|trọng|giá|suất)": "mức",
        "giảm giá|giảm thiểu": "ưu đãi",
        "thứ (?:hai|ba|tư|năm|sáu|bảy) (?=tuần|hàng tuần|hằng tuần)": "ngày ",
    },
    letters="ởàýừạuơyôâáêoaíòạ",
    tones=True,
    share_takes_noun=True,
)
