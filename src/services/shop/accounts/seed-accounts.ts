import type { Database } from "../../../platform/postgres";
import { demoAccounts, demoPassword } from "../domain/account";
import { addAccounts, knownEmails } from "../store/accounts";
import { hashPassword } from "./passwords";

/** Adds the demonstration's accounts that are not there; returns how many. */
export async function seedAccounts(db: Database): Promise<number> {
  const known = await knownEmails(
    db,
    demoAccounts.map((account) => account.email),
  );
  const missing = demoAccounts.filter((account) => !known.has(account.email));
  if (missing.length === 0) return 0;
  return addAccounts(
    db,
    await Promise.all(
      missing.map(async (account) => ({ ...account, passwordHash: await hashPassword(demoPassword) })),
    ),
  );
}
