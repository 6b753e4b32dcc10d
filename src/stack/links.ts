import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KafkaListener } from "./tools/kafka-properties";

/** What stands between processes of a system whose connections are to be spoilt. Without it everybody calls everybody directly. */
export type Links = {
  /** By the name of a process: ports of its upstreams, and those that it is told in their place. */
  ports: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** A broker tells its clients where to call next, so that each way to it needs a door of its own. */
  listeners: readonly KafkaListener[];
};

const pathOf = (stateFolder: string): string => join(stateFolder, "links.json");

/** What `writeLinks` has kept for the system of this state folder; nothing otherwise. */
export function readLinks(stateFolder: string): Links {
  const path = pathOf(stateFolder);
  if (!existsSync(path)) return { ports: {}, listeners: [] };
  return JSON.parse(readFileSync(path, "utf8")) as Links;
}

/** Keeps the links for every later command on this system. Processes that run take no notice until they are started again by `up`. */
export function writeLinks(stateFolder: string, links: Links): void {
  writeFileSync(pathOf(stateFolder), `${JSON.stringify(links, null, 2)}\n`);
}

/** An environment whose addresses lead through the links. */
export function throughLinks(
  ports: Readonly<Record<number, number>>,
  environment: Record<string, string>,
): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace(/(?<=127\.0\.0\.1:)\d+/g, (port) => `${ports[Number(port)] ?? port}`),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
