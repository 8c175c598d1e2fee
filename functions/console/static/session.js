// Who is signed in: a token of the platform's, kept in memory and nowhere else.

const EARLY_MS = 60_000; // a token is asked for anew so long before it ends
const PATIENCE_MS = 10_000;

export class Session {
  #token = "";
  #origins;
  #asked = null;

  // `origins` are the platform's: nobody else is asked for a token, and nobody else's is taken.
  constructor(origins) {
    this.#origins = origins;
  }

  // Takes the token out of the address, where it would stay in the history; the address that is left leads to a screen.
  takeFromAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (!given.has("token")) return;
    this.#token = given.get("token");
    history.replaceState(null, "", `${location.pathname}${location.search}#${given.get("to") ?? ""}`);
  }

  async token() {
    const { exp } = this.claims();
    const left = exp ? exp * 1000 - Date.now() : Infinity;
    if (this.#token && left > EARLY_MS) return this.#token;
    const renewal = this.renewed();
    return this.#token && left > 0 ? this.#token : (await renewal) || this.#token;
  }

  // A new token from the page that opened this one, or "" if it gives none.
  async renewed() {
    this.#asked ??= this.#ask().finally(() => (this.#asked = null));
    return this.#asked;
  }

  claims() {
    try {
      const [, payload] = this.#token.split(".");
      const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return {};
    }
  }

  #ask() {
    const opener = window.parent === window ? window.opener : window.parent;
    if (!opener || this.#origins.length === 0) return Promise.resolve("");
    return new Promise((resolve) => {
      const stop = (token) => {
        removeEventListener("message", heard);
        clearTimeout(patience);
        resolve(token);
      };
      const heard = ({ origin, source, data }) => {
        if (source !== opener || !this.#origins.includes(origin) || data?.type !== "token" || !data.token) return;
        this.#token = String(data.token);
        stop(this.#token);
      };
      const patience = setTimeout(() => stop(""), PATIENCE_MS);
      addEventListener("message", heard);
      opener.postMessage({ type: "token-needed" }, "*"); // holds nothing: whoever else hears it is not listened to
    });
  }
}
