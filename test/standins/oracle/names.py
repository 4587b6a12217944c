"""Names and passwords as statements write them."""

from .errors import ora

RESERVED = set("""ACCESS ADD ALL ALTER AND ANY AS ASC BETWEEN BY CHAR COLUMN COMMENT CREATE DATE DEFAULT DELETE DESC DROP ELSE FILE FROM GRANT GROUP
    INDEX INSERT INTEGER INTO IS LEVEL LIKE LOCK MODE NOT NULL NUMBER OF ON OPTION OR ORDER PUBLIC RAW RENAME RESOURCE REVOKE ROW ROWS SELECT SESSION
    SET SHARE SIZE START SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALUES VIEW WHENEVER WHERE WITH""".split())


def identifier(token):
    """Upper case unless it is quoted; at most 128 bytes."""
    if token.value == "":
        raise ora(1741, token.start)
    if len(token.value.encode()) > 128:
        raise ora(972, token.start, name=f'"{token.value}"')
    return token.value.upper() if token.kind == "word" else token.value


def new_name(token):
    if token.kind == "word" and token.value.upper() in RESERVED:
        raise ora(1935, token.start)
    return identifier(token)


def password(token):
    """A bare word or "in double quotes", its case kept; 'in single quotes' is no password."""
    if token.kind not in ("word", "quoted") or token.value == "":
        raise ora(988, token.start)
    if len(token.value.encode()) > 1024:
        raise ora(972, token.start, name="of the password")
    return token.value
