import { session, signOut } from "./session.js";

/** Calls the API; throws an Error with the service's own words. */
export async function api(method, path, body, headers = {}) {
  const response = await fetch(path, {
    method,
    headers: { ...authorization(), ...(isPlain(body) && { "content-type": "application/json" }), ...headers },
    body: isPlain(body) ? JSON.stringify(body) : body,
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 && session()) signOut();
  const { message, violations = [] } = answer.error ?? {};
  const faults = violations.map(({ field, description }) => `${field}: ${description}`);
  throw Object.assign(new Error([message ?? response.statusText, ...faults].join(" · ")), { answer });
}

/** Follows server-sent events; a fetch, because EventSource cannot send a token. Ends when the stream ends. */
export async function* events(path, signal) {
  const response = await fetch(path, { headers: authorization(), signal });
  if (!response.ok)
    throw new Error((await response.json().catch(() => ({}))).error?.message ?? response.statusText);
  let text = "";
  for await (const piece of pieces(response.body.pipeThrough(new TextDecoderStream()))) {
    text += piece;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const data = JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? "null");
      if (frame.startsWith("event: error")) throw new Error(data.error?.message ?? data.message);
      // A comment keeps the connection open and says nothing.
      if (data !== null && !frame.startsWith("event: end")) yield data;
    }
  }
}

async function* pieces(stream) {
  const reader = stream.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) yield value;
}

const authorization = () => (session() ? { authorization: `Bearer ${session().token}` } : {});
const isPlain = (body) => body !== undefined && Object.getPrototypeOf(body) === Object.prototype;
