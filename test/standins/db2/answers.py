"""What commands share."""


def done(what):
    return {"text": f"DB20000I  The {what} command completed successfully."}


def name(token):
    return token.value.upper() if token.kind == "word" else token.value
