"""Hears three messages and says a few things. Arguments: address, token, chat."""

import asyncio
import struct
import sys
import zlib

from telegram import Bot, InputMediaPhoto, ReactionTypeEmoji, ReplyParameters
from telegram.error import BadRequest
from telegram.request import HTTPXRequest


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\1\2\3")) + chunk(b"IEND", b"")


async def main(url: str, token: str, chat: int) -> None:
    request = HTTPXRequest(httpx_kwargs={"trust_env": False})
    listening = HTTPXRequest(httpx_kwargs={"trust_env": False})
    async with Bot(token, f"{url}/bot", f"{url}/file/bot", request, listening) as bot:
        updates = await bot.get_updates(timeout=5)
        assert [bool(u.message.text) for u in updates] == [True, False, False], updates
        sticker = await updates[1].message.sticker.get_file()
        assert bytes(await sticker.download_as_bytearray()).startswith(b"\x1f\x8b")
        assert updates[2].message.poll.options[0].text == "yes"
        await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
        first = updates[0].message.message_id
        sent = await bot.send_message(chat, "<b>hi</b>", parse_mode="HTML", reply_parameters=ReplyParameters(first))
        await sent.edit_text("edited")
        try:
            await sent.edit_text("edited")
            raise AssertionError("the same text was taken twice")
        except BadRequest as refused:
            assert "not modified" in refused.message
        await bot.send_document(chat, b"cheese", filename="k\u00e4se.txt", caption="a file")
        await bot.send_media_group(chat, [InputMediaPhoto(png()), InputMediaPhoto(png(), caption="two")])
        await bot.set_message_reaction(chat, first, [ReactionTypeEmoji("\N{THUMBS UP SIGN}")])
        await bot.send_poll(chat, "Rum?", ["yes", "no"], is_anonymous=False)
        assert (await bot.get_chat(chat)).title == "Harbour"
        assert len(await bot.get_chat_administrators(chat)) == 2


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
