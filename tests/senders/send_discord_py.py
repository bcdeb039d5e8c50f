"""discord.py. Usage: BASE SECRET NUMBER TOKEN."""
import asyncio
import io
import sys

import aiohttp
import discord

base, _, number, token = sys.argv[1:5]
discord.http.Route.BASE = f"{base}/api/v10"


async def main():
    async with aiohttp.ClientSession() as session:
        hook = discord.Webhook.partial(int(number), token, session=session)
        known = await hook.fetch()
        assert known.name == "CI" and known.type is discord.WebhookType.incoming, known
        note = discord.File(io.BytesIO(b"hello"), "note.txt")
        embed = discord.Embed(title="discord.py embed", colour=0x00FF00)
        message = await hook.send("discord.py plain", username="Pia", file=note, embed=embed, wait=True)
        assert message.content == "discord.py plain" and message.attachments[0].filename == "note.txt"
        edited = await message.edit(content="discord.py edited")
        assert edited.content == "discord.py edited"
        gone = await hook.send("discord.py gone", wait=True)
        await gone.delete()
        await hook.send("discord.py silent", silent=True)
        try:
            await hook.send("x" * 2001)
            raise AssertionError("too long was taken")
        except discord.HTTPException as error:
            assert error.status == 400 and error.code == 50035, error
        try:
            await discord.Webhook.partial(int(number), "x" * 68, session=session).send("x")
            raise AssertionError("a wrong token was taken")
        except discord.NotFound as error:
            assert error.code == 10015, error


asyncio.run(main())
