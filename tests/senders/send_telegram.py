"""python-telegram-bot. Usage: BASE SECRET NUMBER TOKEN."""
import asyncio
import sys

import telegram

base, secret, number = sys.argv[1:4]
token = f"{number}:{(secret + secret)[:35]}"


async def main():
    async with telegram.Bot(token, base_url=f"{base}/bot") as bot:
        assert bot.username
        message = await bot.send_message(chat_id=-100123, text="python-telegram-bot <b>plain</b>", parse_mode="HTML")
        assert message.text == "python-telegram-bot plain" and message.chat.id == -100123
        await bot.edit_message_text("python-telegram-bot edited", chat_id=-100123, message_id=message.message_id)
        document = await bot.send_document(chat_id=1, document=b"hello", filename="note.txt", caption="python-telegram-bot file")
        assert document.document is not None
        gone = await bot.send_message(chat_id=1, text="python-telegram-bot gone")
        assert await gone.delete()
        assert (await bot.get_chat(1)).id == 1
        try:
            await bot.send_message(chat_id=1, text="")
            raise AssertionError("nothing was taken")
        except telegram.error.BadRequest:
            pass
    try:
        await telegram.Bot("1:" + "x" * 35, base_url=f"{base}/bot").get_me()
        raise AssertionError("a wrong token was taken")
    except telegram.error.InvalidToken:
        pass


asyncio.run(main())
