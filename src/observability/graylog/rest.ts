/** Graylog's REST API, as the administrator. */
export type GraylogApi = {
  /** The answer's body. Throws `GraylogError` for every status but 2xx. */
  call<T = unknown>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T>;
  /** The same as GET, but undefined for 404. */
  find<T = unknown>(path: string): Promise<T | undefined>;
};

export type GraylogAccess = {
  /** Where Graylog answers: `http://graylog:9000`. */
  url: string;
  user: string;
  password: string;
};

/** What Graylog answered instead of what was asked for. */
export class GraylogError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const callTimeoutMs = 30_000;

/** A client of `<url>/api`. Every call is bounded by 30 s. */
export function graylogApi({ url, user, password }: GraylogAccess): GraylogApi {
  const headers = {
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    accept: "application/json",
    // Without it Graylog refuses what changes something (VerboseCsrfProtectionFilter).
    "x-requested-by": "alexandrite",
  };
  const call: GraylogApi["call"] = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(callTimeoutMs),
    });
    const text = await response.text();
    if (!response.ok) {
      const said = text.length > 500 ? `${text.slice(0, 500)}…` : text;
      throw new GraylogError(`Graylog: ${method} ${path}: ${response.status} ${said}`, response.status);
    }
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
  return {
    call,
    find: async <T>(path: string) => {
      try {
        return await call<T>("GET", path);
      } catch (error) {
        if (error instanceof GraylogError && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}

/** Waits until Graylog takes requests; looks every `everyMs`. Throws what was wrong last after `withinMs`. */
export async function waitForGraylog(api: GraylogApi, withinMs: number, everyMs = 2_000): Promise<void> {
  for (const until = Date.now() + withinMs; ;) {
    try {
      // Asks for the administrator's rights, and for the database behind.
      await api.call("GET", "/system/indices/index_sets?skip=0&limit=1&stats=false");
      return;
    } catch (error) {
      if (error instanceof GraylogError && (error.status === 401 || error.status === 403)) throw error;
      if (Date.now() > until) throw error;
    }
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
}
