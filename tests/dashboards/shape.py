"""Checks of JSON as data: each function makes one that yields what is wrong with a value, beginning with where."""


def text(value, path):
    if not isinstance(value, str):
        yield f"{path}: {value!r} is no text"


def filled(value, path):
    if not isinstance(value, str) or not value.strip():
        yield f"{path}: {value!r} is no text, or an empty one"


def flag(value, path):
    if not isinstance(value, bool):
        yield f"{path}: {value!r} is neither true nor false"


def number(least=float("-inf"), most=float("inf"), whole=False):
    def check(value, path):
        right = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, right) or not least <= value <= most:
            yield f"{path}: {value!r} is no number from {least} to {most}"
    return check


def whole(least=0, most=float("inf")):
    return number(least, most, whole=True)


def one_of(*allowed):
    """Of the same type, too: to Python, True is 1."""
    def check(value, path):
        if not any(value == each and type(value) is type(each) for each in allowed):
            yield f"{path}: {value!r} is none of {allowed}"
    return check


def either(first, second):
    def check(value, path):
        complaints = list(first(value, path))
        if complaints and list(second(value, path)):
            yield from complaints
    return check


nothing = one_of(None)


def list_of(each, least=0):
    def check(value, path):
        if not isinstance(value, list) or len(value) < least:
            yield f"{path}: no list of at least {least}"
            return
        for number_, item in enumerate(value):
            yield from each(item, f"{path}[{number_}]")
    return check


def map_of(each, keys=text):
    def check(value, path):
        if not isinstance(value, dict):
            yield f"{path}: no object"
            return
        for key, item in value.items():
            yield from keys(key, f"{path}: its key")
            yield from each(item, f"{path}.{key}")
    return check


def shape(required, optional=None):
    """An object with these keys and no others."""
    optional = optional or {}
    known = {**required, **optional}

    def check(value, path):
        if not isinstance(value, dict):
            yield f"{path}: no object"
            return
        for key in sorted(set(required) - set(value)):
            yield f"{path}: no {key}"
        for key, item in value.items():
            if key in known:
                yield from known[key](item, f"{path}.{key}")
            else:
                yield f"{path}: {key} is not known"
    return check


def by(key, shapes):
    """An object whose shape depends on one of its values."""
    def check(value, path):
        kind = value.get(key) if isinstance(value, dict) else None
        if kind not in shapes:
            yield f"{path}: {key} is {kind!r}, none of {sorted(shapes)}"
        else:
            yield from shapes[kind](value, path)
    return check
