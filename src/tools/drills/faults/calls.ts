import { instancePort, parseInstance } from "../../../stack/instances";
import { faultInjectionKey } from "../../../stack/secrets";
import { services } from "../../../stack/service-table";
import type { Act } from "../types";

type CallFault = { method: string; percentage: number; code?: string; delay_ms?: number; role?: string };

/** Makes calls of a service fail or wait, by its own fault injection. It would end by itself, should the drill die. */
export function calls(service: string, ...faults: CallFault[]): Act {
  return async ({ settings }, undo) => {
    const { service: name, number } = parseInstance(service);
    const row = services.find((candidate) => candidate.name === name);
    if (!row) throw new Error(`There is no service ${service}.`);
    const url = `http://127.0.0.1:${instancePort(settings, row.adminPort, number)}/faults`;
    const send = async (method: string, body?: string): Promise<void> => {
      const headers = { "x-fault-key": faultInjectionKey(settings.stateFolder) };
      const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${url} answers ${answer.status}: ${text}`);
    };
    undo.add(`end the faults of ${service}`, () => send("DELETE"));
    await send("PUT", JSON.stringify({ faults: faults.map((fault) => ({ ...fault, ttl_s: 600 })) }));
  };
}
