"""discord-webhook. Usage: BASE SECRET NUMBER TOKEN."""
import sys

from discord_webhook import DiscordEmbed, DiscordWebhook

base, _, number, token = sys.argv[1:5]
url = f"{base}/api/webhooks/{number}/{token}"

hook = DiscordWebhook(url=url, content="discord-webhook plain", username="Dora", rate_limit_retry=True)
embed = DiscordEmbed(title="discord-webhook embed", description="**bold**", color="ff0000")
embed.add_embed_field(name="Field", value="1")
hook.add_embed(embed)
hook.add_file(file=b"hello", filename="hello.txt")
answer = hook.execute()
assert answer.status_code == 200, answer.text
hook.content = "discord-webhook edited"
answer = hook.edit()
assert answer.status_code == 200, answer.text

gone = DiscordWebhook(url=url, content="discord-webhook gone")
assert gone.execute().status_code == 200
assert gone.delete().status_code == 204

wrong = DiscordWebhook(url=f"{base}/api/webhooks/{number}/{'x' * 68}", content="x").execute()
assert wrong.status_code == 404 and wrong.json()["code"] == 10015, wrong.text
