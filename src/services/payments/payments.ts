import { createHttpServer, type HttpServer } from "../../platform/http";
import type { ServiceHost } from "../../platform/lifecycle";
import { openDatabase } from "../../platform/postgres";
import type { PaymentsConfig } from "./config";
import { getEntries } from "./http/get-entries";
import { getLedger } from "./http/get-ledger";
import { getPayment } from "./http/get-payment";
import { postPayment } from "./http/post-payment";
import { postRefund } from "./http/post-refund";
import { postTotals } from "./http/post-totals";
import { postVoid } from "./http/post-void";
import { captureDue } from "./ledger/capture-due";
import { cardSecret } from "./store/ledger";
import { paymentsMigrations } from "./store/migrations";

/** A payment provider for tests, with a ledger that is as durable as a real one's. Resolves when it answers. */
export async function startPayments(host: ServiceHost, config: PaymentsConfig): Promise<HttpServer> {
  const { holdMs, lateCaptureMs } = config;
  const db = await host.own(openDatabase(host, config.postgres, { migrations: paymentsMigrations }));
  const secret = await cardSecret(db);
  host.every("late-captures", 250, async () => {
    while ((await captureDue(db)) > 0);
  });

  const server = createHttpServer(host, config.http);
  server.app.post(
    "/v1/payments",
    { config: { deadlineMs: holdMs + 10_000 } },
    postPayment({ db, cardSecret: secret, stopping: host.stopping, holdMs, lateCaptureMs }),
  );
  server.app.get("/v1/payments/:key", getPayment({ db }));
  server.app.post("/v1/payments/:key/void", postVoid({ db }));
  server.app.post("/v1/payments/:key/refund", postRefund({ db }));
  server.app.get("/v1/ledger", getLedger({ db }));
  server.app.get("/v1/ledger/entries", getEntries({ db }));
  server.app.post("/v1/ledger/totals", postTotals({ db }));
  return host.own(server.listen());
}
