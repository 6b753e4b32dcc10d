import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { addressesOf } from "../stack/instances";
import { loadSettings, type Settings } from "../stack/settings";
import { systemPorts } from "../stack/system-ports";
import { type CustomerDoor, createCustomerDoor, signIn } from "../tools/demo/customer-door";
import { persist } from "../tools/demo/persist";
import { openStaffDoor, type StaffDoor } from "../tools/demo/staff-door";
import { seeds } from "../tools/seeds";
import { createToolHost } from "../tools/tool-host";
import type { ServiceHost } from "../platform/lifecycle";

const run = promisify(execFile);

/** The whole system, started for tests with ports and data of its own, and the people who use it. */
export type System = {
  settings: Settings;
  host: ServiceHost;
  gatewayUrl: string;
  customer: CustomerDoor;
  otherCustomer: CustomerDoor;
  partner: CustomerDoor;
  staff: StaffDoor;
  tokens: { customer: string; seller: string; operator: string };
  /** `kill mes`, `start mes`, `freeze mes`, … as the Makefile does it; words such as `PRICING=1` are settings. */
  stack(...words: string[]): Promise<string>;
  stop(): Promise<void>;
};

/** `counts` says how many instances of what: `{ SHOP: "2" }`, as `make run-all` takes it; further settings likewise. */
export async function startSystem(counts: Record<string, string> = {}): Promise<System> {
  const root = resolve(__dirname, "../..");
  const stateFolder = mkdtempSync(join(tmpdir(), "alexandrite-test-e2e-"));
  const env = {
    ...process.env,
    ...systemPorts(9_000),
    ...counts,
    ALEXANDRITE_STATE: stateFolder,
  };
  const settings = loadSettings(env, root);
  const stack = async (...words: string[]): Promise<string> => {
    const isSetting = (word: string): boolean => /^[A-Z_]+=/.test(word);
    const given = Object.fromEntries(words.filter(isSetting).map((word) => word.split("=", 2)));
    const args = [join(root, "dist/stack/main.js"), ...words.filter((word) => !isSetting(word))];
    const options = {
      cwd: root,
      env: { ...env, ...given },
      timeout: 600_000,
      maxBuffer: 16 * 1024 * 1024,
    };
    const { stdout } = await run(process.execPath, args, options);
    return stdout;
  };
  const stopStack = async (): Promise<void> => {
    await stack("stop");
    rmSync(stateFolder, { recursive: true, force: true });
  };
  try {
    await stack("up");
    return await enter(settings, stack, stopStack);
  } catch (error) {
    await stopStack().catch(() => undefined);
    throw error;
  }
}

async function enter(
  settings: Settings,
  stack: System["stack"],
  stopStack: () => Promise<void>,
): Promise<System> {
  const gatewayUrl = `http://127.0.0.1:${settings.ports.gateway}`;
  const [anna, boris, seller, operator] = await Promise.all(
    [seeds.customers[0], seeds.customers[1], seeds.seller, seeds.operator].map((email) =>
      // A system that has just started is slow to check passwords.
      persist(
        () => signIn(gatewayUrl, email, seeds.password),
        () => true,
      ),
    ),
  );
  const tokens = { customer: anna!, seller: seller!, operator: operator! };
  const control = createToolHost("e2e");
  const addresses = {
    operator: addressesOf(settings, "mes-operator", "mesOperator"),
    crm: addressesOf(settings, "crm", "crm"),
  };
  return {
    settings,
    host: control.host,
    gatewayUrl,
    customer: createCustomerDoor("customer", gatewayUrl, { authorization: `Bearer ${anna}` }),
    otherCustomer: createCustomerDoor("customer", gatewayUrl, { authorization: `Bearer ${boris}` }),
    partner: createCustomerDoor("partner", gatewayUrl, { "x-api-key": seeds.partnerApiKey }),
    staff: await openStaffDoor(control.host, addresses, tokens),
    tokens,
    stack,
    async stop() {
      await control.stop(5_000);
      await stopStack();
    },
  };
}

/** Waits until `look` gives something, and gives it. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  what: string,
  withinMs = 60_000,
): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`It never came to this: ${what}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
