"""What pydantic says of a wrong value, in Chinese: by the type of its error, with the numbers of its context.

Types and context names: pydantic, "Validation Errors". A type that is not here gets one general sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

OTHERWISE = "格式或取值不符合要求"
_NUMBER, _DATE, _TIME = "应为数字", "应为日期 (年-月-日)", "应为带时区的时刻 (ISO 8601)"
EXPECTED = {
    "missing": "必填",
    "extra_forbidden": "没有此字段",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "至多 {max_length} 个字符",
    "string_pattern_mismatch": "应符合格式 {pattern}",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "整数过大",
    "int_from_float": "应为整数, 不含小数",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "应为有限的数字",
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_places": "至多 {decimal_places} 位小数",
    "decimal_max_digits": "至多 {max_digits} 位数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "union_tag_invalid": "{discriminator} 应为 {expected_tags} 之一",
    "union_tag_not_found": "缺少 {discriminator}",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "set_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "dataclass_type": "应为对象",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": _TIME,
    "uuid_type": "应为 UUID",
    "uuid_parsing": "应为 UUID",
    "json_invalid": "不是有效的 JSON",
    "url_type": "应为网址",
    "url_parsing": "应为网址",
    "url_scheme": "网址应以 {expected_schemes} 开头",
}


def in_chinese(kind: str, context: Mapping[str, Any]) -> str:
    """What is expected of a value, by pydantic's type of error and its context."""
    template = EXPECTED.get(kind, OTHERWISE)
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
    if not wanted <= set(context):
        return OTHERWISE
    return template.format(**{name: str(context[name]).replace(" or ", " 或 ") for name in wanted})
