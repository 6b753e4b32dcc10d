/** What an account may do. */
export type AccountRole = "customer" | "seller" | "operator";

export type Account = {
  /** UUID; the `sub` of its tokens. */
  accountId: string;
  /** Lower case. */
  email: string;
  name: string;
  role: AccountRole;
  passwordHash: string;
};

/** The accounts of a demonstration, all with `demoPassword`. Their ids are fixed, so that examples can name them. */
export const demoAccounts: readonly Omit<Account, "passwordHash">[] = [
  {
    accountId: "a1e8a0d0-0001-4000-8000-000000000001",
    email: "anna@example.com",
    name: "Anna",
    role: "customer",
  },
  {
    accountId: "a1e8a0d0-0002-4000-8000-000000000002",
    email: "boris@example.com",
    name: "Boris",
    role: "customer",
  },
  {
    accountId: "a1e8a0d0-0003-4000-8000-000000000003",
    email: "sofia@example.com",
    name: "Sofia",
    role: "seller",
  },
  {
    accountId: "a1e8a0d0-0004-4000-8000-000000000004",
    email: "oleg@example.com",
    name: "Oleg",
    role: "operator",
  },
];

export const demoPassword = "alexandrite";

/** An e-mail as accounts are looked up by it. */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}
