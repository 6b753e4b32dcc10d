import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { type LedgerTotal, totalsOf } from "../store/ledger";
import { totalsBody } from "./requests";

/** `POST /v1/ledger/totals`: what each of up to 500 references has paid; those without any entry are left out. It changes nothing: a body has room for the names. */
export function postTotals({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<{ totals: LedgerTotal[] }> => {
    const { references } = parseInput(totalsBody, request.body, "body");
    return { totals: await totalsOf(db, references) };
  };
}
