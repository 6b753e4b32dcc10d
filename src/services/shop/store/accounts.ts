import type { Queryable } from "../../../platform/postgres";
import type { Account, AccountRole } from "../domain/account";

type AccountRow = {
  account_id: string;
  email: string;
  name: string;
  role: AccountRole;
  password_hash: string;
};

const columns = "account_id, email, name, role, password_hash";

/** The account of a normalised e-mail, or undefined. */
export async function accountByEmail(db: Queryable, email: string): Promise<Account | undefined> {
  const row = await db.maybeOne<AccountRow>(`SELECT ${columns} FROM account WHERE email = $1`, [email]);
  return (
    row && {
      accountId: row.account_id,
      email: row.email,
      name: row.name,
      role: row.role,
      passwordHash: row.password_hash,
    }
  );
}

/** Adds accounts; those whose id or e-mail is there stay as they are. */
export async function addAccounts(db: Queryable, accounts: readonly Account[]): Promise<number> {
  return db.execute(
    `INSERT INTO account (${columns})
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`,
    [
      accounts.map((account) => account.accountId),
      accounts.map((account) => account.email),
      accounts.map((account) => account.name),
      accounts.map((account) => account.role),
      accounts.map((account) => account.passwordHash),
    ],
  );
}

/** Which of these e-mails have an account. */
export async function knownEmails(db: Queryable, emails: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ email: string }>("SELECT email FROM account WHERE email = ANY($1)", [emails]);
  return new Set(rows.map((row) => row.email));
}
