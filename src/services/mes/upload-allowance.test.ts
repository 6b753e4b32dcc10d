import type { UploadModelRequest } from "../../gen/alexandrite/mes/v1/mes";
import { ModelFormat } from "../../gen/alexandrite/order/v1/order";
import type { AppError } from "../../platform/errors";
import type { Database } from "../../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../platform/testing";
import { openUploadAllowance, type TenantUpload } from "./admission";
import { mesMigrations } from "./store/migrations";
import { cubeStl } from "./testing/models";
import { runMes } from "./testing/running-mes";

const bounds = { atOnce: 2, bytesPerDay: 1_000, maxBytes: 5_000 };
const anna = { role: "customer", id: "anna", name: "Anna" } as const;
const boris = { role: "customer", id: "boris", name: "Boris" } as const;
const dayMs = 86_400_000;

async function* chunks(...sizes: number[]): AsyncGenerator<UploadModelRequest> {
  for (const size of sizes) yield { part: { $case: "chunk", value: Buffer.alloc(size) } };
}

async function receive(upload: TenantUpload, ...sizes: number[]): Promise<void> {
  for await (const message of upload.counted(chunks(...sizes))) void message;
}

describe("the allowance", () => {
  let database: TestDatabase;
  let host: TestHost;
  let db: Database;
  const open = (bounded: Partial<typeof bounds> = {}) =>
    openUploadAllowance(host, db, { ...bounds, ...bounded });
  beforeEach(async () => {
    database = await testDatabase(mesMigrations);
    host = createTestHost("mes");
    db = await database.open(host);
  });
  afterEach(async () => {
    await host.close();
    await database.drop();
  });

  test("has so many places a tenant, and one that is given back is free again", async () => {
    const allowance = open();
    const [first] = [allowance.begin(anna), allowance.begin(anna)];
    expect(() => allowance.begin(anna)).toThrow(
      expect.objectContaining({
        category: "resource_exhausted",
        reason: "TOO_MANY_UPLOADS",
        message: expect.stringMatching(/customer anna has 2 uploads under way, and 2 are allowed/) as string,
        retryAfterMs: expect.any(Number) as number,
      }),
    );
    await allowance.begin(boris).end();
    await first!.end();
    expect(() => allowance.begin(anna)).not.toThrow();
  });

  test("counts a tenant's bytes of the day at all instances, and says by how much the next are over", async () => {
    const [one, other] = [open(), open()];
    const upload = one.begin(anna);
    await upload.announce(900);
    await receive(upload, 450, 450);
    await upload.end();
    const refused = await other
      .begin(anna)
      .announce(300)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ category: "resource_exhausted", reason: "UPLOAD_BYTES_SPENT" });
    const { message, retryAfterMs = 0 } = refused as Error & { retryAfterMs?: number };
    expect(message).toMatch(/has uploaded 900 bytes today \(UTC\); 300 more are 200 over the 1000/);
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(dayMs);
    await expect(other.begin(boris).announce(300)).resolves.toBeUndefined();
  });

  test("books bytes of unannounced size as they come, to the last one", async () => {
    const allowance = open();
    const upload = allowance.begin(anna);
    await receive(upload, 600, 400);
    await upload.end();
    await expect(receive(allowance.begin(anna), 1)).rejects.toMatchObject({ reason: "UPLOAD_BYTES_SPENT" });
  });

  test("gives back the bytes of an upload that broke off", async () => {
    const allowance = open();
    const upload = allowance.begin(anna);
    await upload.announce(1_000);
    await receive(upload, 100);
    await upload.end();
    await expect(allowance.begin(anna).announce(900)).resolves.toBeUndefined();
  });

  test("does not bound services, nor anybody where the bounds are 0", async () => {
    const service = { role: "service", id: "shop", name: "shop" } as const;
    const bounded = open({ atOnce: 1, bytesPerDay: 1 });
    const free = open({ atOnce: 0, bytesPerDay: 0 });
    for (const [allowance, principal] of [
      [bounded, service],
      [free, anna],
    ] as const) {
      const uploads = [1, 2, 3].map(() => allowance.begin(principal));
      for (const upload of uploads) {
        await upload.announce(4_000);
        await receive(upload, 4_000);
      }
    }
  });
});

test("an upload beyond the allowance is refused at the door with the time to come back, counted, and the order stays as it was", async () => {
  const model = cubeStl(20);
  const run = await runMes({ UPLOADS_PER_TENANT: "1", UPLOAD_BYTES_PER_DAY: String(2 * model.length) });
  try {
    const { orderId, version } = await run.create();
    const leave = new AbortController();
    async function* half() {
      const header = { orderId, expectedVersion: version, format: ModelFormat.MODEL_FORMAT_STL };
      const whole = { commandId: "", unit: "LENGTH_UNIT_UNSPECIFIED" as never, fileName: "cube.stl" };
      yield {
        part: { $case: "header" as const, value: { ...whole, ...header, sizeBytes: 0n, sha256: "" } },
      };
      await new Promise((resolve) => leave.signal.addEventListener("abort", resolve, { once: true }));
    }
    const held = run.mes.uploadModel(half(), { metadata: run.anna, signal: leave.signal });
    held.catch(() => undefined);
    const order = await run.create();
    // A version that is not there is asked about after the place.
    const stale = { ...order, version: 7 };
    const refused = await until("TOO_MANY_UPLOADS", () => run.upload(stale, model));
    expect(refused).toMatchObject({ retryAfterMs: expect.any(Number) as number });
    const outcome = { outcome: "too_many_uploads" };
    expect(await run.host.metric("model_uploads_total", outcome)).toBeGreaterThan(0);
    leave.abort();
    await expect(held).rejects.toBeDefined();
    await until("VERSION_MISMATCH", () => run.upload(stale, model));
    expect(await run.upload(order, model)).toMatchObject({ version: 2 });
    await run.upload(await run.create(), model);
    await expect(run.upload(await run.create(), model)).rejects.toMatchObject({
      category: "resource_exhausted",
      reason: "UPLOAD_BYTES_SPENT",
    });
  } finally {
    await run.close();
  }
});

/** Tries until it is refused for this reason, and gives that refusal. */
async function until(reason: string, attempt: () => Promise<unknown>): Promise<AppError> {
  for (const giveUpAt = Date.now() + 20_000; ;) {
    const refusal = await attempt().then(
      () => undefined,
      (error: AppError) => error,
    );
    if (refusal?.reason === reason) return refusal;
    if (Date.now() > giveUpAt) throw new Error(`It was never ${reason}.`, { cause: refusal });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
