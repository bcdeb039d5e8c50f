"""Walks through the Web API and Socket Mode with Slack's own library; any exception is a failure."""
import sys
import threading

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

url, bot_token, app_token, channel, ada = sys.argv[1:]
web = WebClient(token=bot_token, base_url=url + "/")
done = threading.Event()


def listen(client, request):
    payload = {"text": "stopping"} if request.type == "slash_commands" else None
    client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))
    if request.type == "slash_commands":
        done.set()
    event = request.payload.get("event", {})
    if event.get("type") == "message" and event.get("text") == "are you there?":
        web.chat_postMessage(channel=channel, text="I am", username="Python", thread_ts=event["ts"])


socket = SocketModeClient(app_token=app_token, web_client=WebClient(token=bot_token, base_url=url + "/"))
socket.socket_mode_request_listeners.append(listen)
socket.connect()

assert web.auth_test()["user_id"].startswith("U")
assert web.users_info(user=ada)["user"]["name"] == "ada"
assert ada in web.conversations_members(channel=channel)["members"]
posted = web.chat_postMessage(channel=channel, text="x", metadata={"event_type": "e", "event_payload": {"id": "1"}})
web.chat_update(channel=channel, ts=posted["ts"], text="y")
web.reactions_add(channel=channel, timestamp=posted["ts"], name="wave")
web.pins_add(channel=channel, timestamp=posted["ts"])
assert web.pins_list(channel=channel)["items"][0]["message"]["text"] == "y"
history = web.conversations_history(channel=channel, limit=5, include_all_metadata=True)
mine = [m for m in history["messages"] if m["ts"] == posted["ts"]][0]
assert mine["metadata"]["event_payload"]["id"] == "1", mine
assert mine["reactions"][0]["name"] == "wave", mine
web.files_upload_v2(channel=channel, filename="note.txt", content="words", initial_comment="read")
pages = [page["members"] for page in web.users_list(limit=1)]
assert len(pages) == 3, pages
try:
    web.conversations_info(channel="C404")
    raise AssertionError("there is no such channel")
except SlackApiError as error:
    assert error.response["error"] == "channel_not_found", error
web.chat_delete(channel=channel, ts=posted["ts"])
assert done.wait(20), "the command did not come"
socket.close()
