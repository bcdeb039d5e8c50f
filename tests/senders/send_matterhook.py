"""matterhook. Usage: BASE SECRET NUMBER TOKEN."""
import sys

from matterhook import Webhook

base, secret = sys.argv[1:3]
hook = Webhook(base, secret)
hook.username = "Matti"
hook.send("matterhook **plain**")
try:
    Webhook(base, "wrong").send("x")
except Exception:
    pass
else:
    raise AssertionError("a wrong secret was taken")
