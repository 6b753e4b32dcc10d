import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { entriesBetween, type WindowEntry } from "../store/ledger";
import { entriesQuery } from "./requests";

/** `GET /v1/ledger/entries?since=&until=&after=&limit=`: the ledger by time, oldest first, from beyond the entry `after` of the instant `since`. */
export function getEntries({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<{ entries: WindowEntry[] }> => {
    const { since, until, after, limit } = parseInput(entriesQuery, request.query, "query");
    return { entries: await entriesBetween(db, { since, until, after, limit }) };
  };
}
