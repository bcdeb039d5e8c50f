"""apprise, by every address of its own that names a host. Usage: BASE SECRET NUMBER TOKEN."""
import sys
import tempfile

import apprise

base, secret = sys.argv[1:3]
host = base.removeprefix("http://")
addresses = {
    "mattermost": f"mmost://{host}/{secret}",
    "rocketchat": f"rocket://hook/{secret}@{host}/#any",
    "ntfy": f"ntfy://{host}/{secret}",
    "gotify": f"gotify://{host}/{secret}",
    "json": f"json://{host}/hook/{secret}",
    "form": f"form://{host}/hook/{secret}",
    "api": f"apprise://{host}/{secret}",
    "hookshot": f"matrix://{secret}@{host}/?mode=hookshot",
    "matrix-hook": f"matrix://user:{secret}@{host}/?mode=matrix",
    "matrix-slack": f"matrix://user:{secret}@{host}/?mode=slack",
}
failed = []
for name, address in addresses.items():
    one = apprise.Apprise()
    if not one.add(address) or not one.notify(title="T", body=f"apprise {name}"):
        failed.append(name)
with tempfile.NamedTemporaryFile(suffix=".txt") as file:
    file.write(b"hello")
    file.flush()
    for name in ("json", "api"):
        one = apprise.Apprise()
        one.add(addresses[name])
        if not one.notify(body=f"apprise {name} file", attach=file.name):
            failed.append(f"{name} file")
wrong = apprise.Apprise()
wrong.add(f"mmost://{host}/{'x' * 26}")
if wrong.notify(body="x"):
    failed.append("a wrong token was taken")
assert not failed, failed
