import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { AdminRoute, ServiceHost } from "../lifecycle";
import { codeNames } from "./codes";
import { type Fault, Faults } from "./faults";

const roles = ["customer", "partner", "seller", "operator", "service", "anonymous"] as const;
const failures = codeNames.filter((name) => name !== "OK");

const faultShape = z
  .strictObject({
    method: z
      .string()
      .regex(/^[\w.*]+\/[\w*]+$/, "must be package.Service/Method, with * for any characters"),
    percentage: z.number().gt(0).max(100),
    role: z.enum(roles).optional(),
    code: z.enum(failures as [string, ...string[]]).optional(),
    delay_ms: z.int().min(1).max(60_000).optional(),
    ttl_s: z.int().min(1).max(600),
  })
  .refine(
    ({ code, delay_ms }) => code !== undefined || delay_ms !== undefined,
    "needs code, delay_ms or both",
  );

const bodyShape = z.strictObject({ faults: z.array(faultShape).max(20) });

/**
 * Fault injection of a server, and its routes of the admin port: `GET`, `PUT` and `DELETE /faults`. Whoever uses them shows the key as `x-fault-key`. Undefined, and no
 * route, without a key: then a call is not even asked about. Every fault ends by itself within 600 s.
 */
export function openFaults(host: ServiceHost, key: string): Faults | undefined {
  if (key === "") return undefined;
  const faults = new Faults(host);
  const guarded =
    (answer: AdminRoute): AdminRoute =>
    async (request) => {
      if (knows(request.headers, key)) return answer(request);
      host.log.warn("fault injection was refused: its key is missing or wrong");
      return { status: 401, body: { error: "Show the key FAULT_INJECTION_KEY as the header x-fault-key." } };
    };
  const shown = () => ({ status: 200, body: { faults: faults.list.map(show) } });
  host.adminRoute(
    "GET /faults",
    guarded(async () => shown()),
  );
  host.adminRoute(
    "PUT /faults",
    guarded(async ({ body }) => {
      const asked = read(body);
      if ("error" in asked) return { status: 400, body: asked };
      faults.replace(asked.faults);
      return shown();
    }),
  );
  host.adminRoute(
    "DELETE /faults",
    guarded(async () => {
      faults.replace([]);
      return shown();
    }),
  );
  host.log.warn("fault injection is on: PUT /faults on the admin port");
  return faults;
}

function read(body: string): { faults: Fault[] } | { error: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return {
      error:
        'The body is not JSON: send {"faults":[{"method":"*/*","percentage":10,"code":"Internal","ttl_s":60}]}.',
    };
  }
  const parsed = bodyShape.safeParse(json);
  if (!parsed.success) return { error: z.prettifyError(parsed.error) };
  const now = Date.now();
  return {
    faults: parsed.data.faults.map(({ method, percentage, role, code, delay_ms, ttl_s }) => ({
      method,
      percentage,
      ...(role !== undefined && { role }),
      ...(code !== undefined && { code }),
      ...(delay_ms !== undefined && { delayMs: delay_ms }),
      until: now + ttl_s * 1_000,
    })),
  };
}

/** As it was put, with what is left of its time. */
function show({ method, percentage, role, code, delayMs, until }: Fault) {
  return {
    method,
    percentage,
    role,
    code,
    delay_ms: delayMs,
    ttl_s: Math.ceil((until - Date.now()) / 1_000),
  };
}

/** Digests have one length, which timingSafeEqual needs. */
function knows({ "x-fault-key": given }: IncomingHttpHeaders, key: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return typeof given === "string" && timingSafeEqual(digest(given), digest(key));
}
