"""Answers with parts: records, lists, sets, tool calls and texts.

    Shape = Atom | Record | List | Set | Text

and for each: are two of them the *same*, how do several *align*, how do votes on them *vote*, and
what do they *compose*. JSON is parsed once (`documents`) before anything looks at it; a `shapes`
shape says how its places compare; `places` gives one text for all values that are the same;
`composing` votes part by part; `texts` chooses one of several texts. Nobody averages numbers.
"""
