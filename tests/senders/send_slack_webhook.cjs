// @slack/webhook. Usage: BASE SECRET NUMBER TOKEN.
const { IncomingWebhook } = require("@slack/webhook");

const [base, secret] = process.argv.slice(2);

async function main() {
  const answer = await new IncomingWebhook(`${base}/services/T1/B1/${secret}`).send({
    text: "@slack/webhook *plain*",
    attachments: [{ color: "good", text: "@slack/webhook attachment" }],
  });
  if (answer.text !== "ok") throw new Error(`answered ${answer.text}`);
  const wrong = new IncomingWebhook(`${base}/services/T1/B1/wrong`);
  const refused = await wrong.send("x").then(() => false, (error) => error);
  if (!refused) throw new Error("a wrong secret was taken");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
