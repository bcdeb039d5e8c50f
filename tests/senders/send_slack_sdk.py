"""slack_sdk: the webhook client. Usage: BASE SECRET NUMBER TOKEN. Ends with 0 when the library is content."""
import sys

from slack_sdk.webhook import WebhookClient

base, secret = sys.argv[1:3]
client = WebhookClient(f"{base}/services/T1/B1/{secret}")

answer = client.send(text="slack_sdk *plain*")
assert (answer.status_code, answer.body) == (200, "ok"), answer.body

answer = client.send(
    text="for notifications",
    blocks=[
        {"type": "header", "text": {"type": "plain_text", "text": "slack_sdk blocks"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<https://example.org|a link>"}},
    ],
)
assert answer.body == "ok", answer.body

answer = client.send(text="")
assert (answer.status_code, answer.body) == (400, "no_text"), (answer.status_code, answer.body)
answer = WebhookClient(f"{base}/services/T1/B1/wrong").send(text="x")
assert (answer.status_code, answer.body) == (404, "no_service"), (answer.status_code, answer.body)
