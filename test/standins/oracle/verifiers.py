"""What Oracle keeps of a password: the verifiers of 11g and 12c, as `IDENTIFIED BY VALUES` has them. Never the text."""

import hashlib
import hmac
import os
import re

SHAPE = r"S:[0-9A-F]{60};T:[0-9A-F]{160}"


def made(password, salt=None):
    salt = salt or os.urandom(10)
    eleven = hashlib.sha1(password.encode() + salt).digest() + salt
    longer = (salt + salt)[:16]
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), longer + b"AUTH_PBKDF2_SPEEDY_KEY", 4096)
    twelve = hashlib.sha512(key + longer).digest() + longer
    return f"S:{eleven.hex()};T:{twelve.hex()}".upper()


def matches(password, kept):
    return hmac.compare_digest(made(password, bytes.fromhex(kept[42:62])), kept)


def is_one(text):
    return re.fullmatch(SHAPE, text) is not None
