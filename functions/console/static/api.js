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
  next_step: "Check your connection and try again; what you typed is kept.",
};
const ENDED = {
  code: "signed_out",
  detail: "You are no longer signed in.",
  next_step: "Open this page from your platform again, or sign in there; what you typed is kept until you close it.",
};

export function createApi({ base, campaign, session }) {
  const place = `${base}/v1/campaigns/${encodeURIComponent(campaign)}`;

  async function call(method, path, { query = {}, body } = {}) {
    const url = new URL(path.startsWith("/") ? `${base}${path}` : path ? `${place}/${path}` : place, location.origin);
    for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
    let answer = await send(method, url, body, await session.token());
    if (answer.status === 401) answer = await send(method, url, body, await session.renewed());
    if (answer.status === 401) throw new ApiError(ENDED);
    if (answer.status === 204) return null;
    const document = await answer.json().catch(() => ({}));
    if (answer.ok) return document;
    throw new ApiError(document.code ? { ...document, status: answer.status } : { ...AWAY, status: answer.status });
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
    remove: (path) => call("DELETE", path),
  };
}
