// Gives the console a fresh token whenever it asks, be it in this page's frame or in a tab that this page opened.
const { console: address, claims } = document.currentScript.dataset;
const { origin } = new URL(address);

addEventListener("message", async (event) => {
  if (event.origin !== origin || event.data?.type !== "token-needed") return;
  const answer = await fetch("/_sim/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: claims,
  });
  const { token } = await answer.json();
  event.source.postMessage({ type: "token", token }, origin);
});
