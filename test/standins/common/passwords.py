"""Passwords as the servers keep them: salted hashes, never the text."""

import hashlib
import hmac
import os


def digest(password, salt=None):
    salt = salt or os.urandom(8).hex()
    return salt + ":" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000).hex()


def matches(password, kept):
    return hmac.compare_digest(digest(password, kept.split(":")[0]), kept)
