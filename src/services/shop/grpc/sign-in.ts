import type { SignInRequest, SignInResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Database } from "../../../platform/postgres";
import { type Metrics } from "../../../platform/telemetry";
import { createFailedSignIns } from "../accounts/failed-sign-ins";
import { hashPassword, verifyPassword } from "../accounts/passwords";
import type { Tokens } from "../accounts/tokens";
import { normaliseEmail } from "../domain/account";
import { errors } from "../domain/errors";
import { createGate } from "../domain/gate";
import { signInsTotal } from "../metrics";
import { accountByEmail } from "../store/accounts";

/** Failures of one account within the window, in this process. */
const limit = 10;
const windowMinutes = 5;
/** Hashes at a time: each takes a thread, 16 MiB and a fifth of a second. */
const hashesAtATime = 2;
const hashesWaiting = 100;

/** SignIn. A wrong password, an unknown e-mail and the time they take cannot be told apart. */
export function signIn({ db, tokens, metrics }: { db: Database; tokens: Tokens; metrics: Metrics }) {
  const failures = createFailedSignIns({ limit, windowMs: windowMinutes * 60_000 });
  const gate = createGate(hashesAtATime, hashesWaiting, () => errors.signInBusy({}, { retryAfterMs: 1_000 }));
  const outcomes = metrics.counter(signInsTotal);
  for (const outcome of ["ok", "bad_credentials", "refused"]) outcomes.child({ outcome });
  // What the password of an account that does not exist is compared with; made now, because the first guess would take twice as long.
  const decoy = hashPassword("nobody's");

  return async (request: SignInRequest): Promise<SignInResponse> => {
    const email = normaliseEmail(request.email);
    const closedForMs = failures.closedForMs(email);
    if (closedForMs !== undefined) {
      outcomes.inc({ outcome: "refused" });
      throw errors.tooManySignIns({ limit, minutes: windowMinutes }, { retryAfterMs: closedForMs });
    }
    const account = await accountByEmail(db, email);
    const hash = account?.passwordHash ?? (await decoy);
    const matches = await gate.pass(() => verifyPassword(request.password, hash));
    if (!account || !matches) {
      failures.failed(email);
      outcomes.inc({ outcome: "bad_credentials" });
      throw errors.badCredentials();
    }
    failures.succeeded(email);
    outcomes.inc({ outcome: "ok" });
    const { accountId, role, name } = account;
    return { ...(await tokens.issue(account)), accountId, role, name };
  };
}
