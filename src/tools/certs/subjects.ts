import type { Subject } from "./certificate-folder";

/** Where a developer reaches what compose publishes. */
const here = ["localhost", "127.0.0.1", "::1"];

/**
 * One certificate per service, by the name that its key is known by: MES's three processes are one service. `tools` is for people and their programs: it
 * serves nothing, and no service has its name.
 */
export const subjects: readonly Subject[] = [
  { name: "gateway", hosts: here },
  { name: "shop", hosts: here },
  { name: "crm", hosts: here },
  { name: "mes", hosts: ["mes-operator", "mes-worker", ...here] },
  { name: "pricing", hosts: here },
  { name: "tools", hosts: [] },
];
