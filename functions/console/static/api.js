// The HTTP API of one campaign. Whatever fails becomes an ApiError in words that a person can act on.

export class ApiError extends Error {
  constructor({ status = 0, code = "", detail = "", next_step = "", errors = [], saved_by = null, saved_at = null }) {
    super(detail);
    this.status = status;
    this.code = code;
    this.nextStep = next_step;
    this.errors = errors;
    this.savedBy = saved_by;
    this.savedAt = saved_at;
  }
}

const AWAY = {
  code: "away",
  detail: "The settings could not be reached.",
  next_step: "Try again in a moment, or check your connection; what you typed is kept.",
};
const BUSY = {
  code: "busy",
  detail: "Somebody else is changing the same at this moment.",
  next_step: "Try again in a moment; what you typed is kept.",
};
const NOT_YOURS = {
  code: "unknown_campaign",
  detail: "You cannot see this campaign here.",
  next_step: "Open it from your platform again; if that does not help, ask an admin of your account there.",
};
const AGAIN_MS = 700;
const ATTEMPTS = 4;
const ENDED = {
  code: "signed_out",
  detail: "You are no longer signed in.",
  next_step: "Open this page from your platform again, or sign in there; what you typed is kept until you close it.",
};

export function createApi({ base, campaign, session }) {
  const place = `${base}/v1/campaigns/${encodeURIComponent(campaign)}`;

  // Whoever comes in between others who change the same is told to try again; nothing was done then.
  async function call(method, path, given, left = ATTEMPTS) {
    try {
      return await callOnce(method, path, given);
    } catch (error) {
      if (error.code !== BUSY.code || left <= 1) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    return call(method, path, given, left - 1);
  }

  async function callOnce(method, path, { query = {}, body }) {
    const url = new URL(path.startsWith("/") ? `${base}${path}` : path ? `${place}/${path}` : place, location.origin);
    for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
    let answer = await send(method, url, body, await session.token());
    if (answer.status === 401) answer = await send(method, url, body, await session.renewed());
    if (answer.status === 401) throw new ApiError(ENDED);
    if (answer.status === 204) return null;
    const document = await answer.json().catch(() => null);
    if (answer.ok && document) return document;
    const inWords = [BUSY, NOT_YOURS].find(({ code }) => code === document?.code);
    const told = inWords ?? (document?.code ? document : AWAY);
    throw new ApiError({ ...told, status: answer.status });
  }

  async function send(method, url, body, token) {
    if (!token) throw new ApiError(ENDED);
    const headers = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    try {
      return await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new ApiError(AWAY);
    }
  }

  return {
    get: (path, query) => call("GET", path, { query }),
    put: (path, body) => call("PUT", path, { body }),
    post: (path, body) => call("POST", path, { body }),
    remove: (path) => call("DELETE", path, {}),
  };
}
