import type { UploadModelRequest } from "../../../gen/alexandrite/mes/v1/mes";
import type { AppError } from "../../../platform/errors";
import type { Principal } from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { errors } from "../domain/errors";
import { bookBytes, dropOldDays, giveBackBytes } from "../store/upload-days";
import type { UploadAllowanceConfig } from "./settings";

/** Bounds what one customer or partner uploads; services are not bounded. */
export type UploadAllowance = {
  /** Takes one of the tenant's places in this process. Throws RESOURCE_EXHAUSTED, TOO_MANY_UPLOADS, with a time to come back. */
  begin(principal: Principal): TenantUpload;
};

/** An upload that has a place. */
export type TenantUpload = {
  /** Books the size that was announced; 0 when none was. Throws RESOURCE_EXHAUSTED, UPLOAD_BYTES_SPENT, with the time until the next day. */
  announce(bytes: number): Promise<void>;
  /** The same messages; what they hold beyond the announced size is booked as it comes. Throws as `announce` does. */
  counted(messages: AsyncIterable<UploadModelRequest>): AsyncIterable<UploadModelRequest>;
  /** Gives back the place and the bytes that did not come. Does not throw: bytes that cannot be given back stay booked for the day. */
  end(): Promise<void>;
};

/** Bytes of unannounced size are booked in lumps, so that not every chunk costs a statement. */
const lumpBytes = 8_388_608;
const sweepMs = 3_600_000;

const unbounded: TenantUpload = {
  announce: async () => undefined,
  counted: (messages) => messages,
  end: async () => undefined,
};

/** Places are those of this process; the bytes of a day (UTC) are those of all processes on the database. */
export function openUploadAllowance(
  host: ServiceHost,
  db: Database,
  { atOnce, bytesPerDay, maxBytes }: UploadAllowanceConfig & { maxBytes: number },
): UploadAllowance {
  const underWay = new Map<string, number>();
  if (bytesPerDay > 0) host.every("sweep-upload-days", sweepMs, () => dropOldDays(db));

  function enter(tenant: string): () => void {
    const running = underWay.get(tenant) ?? 0;
    if (atOnce > 0 && running >= atOnce) {
      const retryAfterMs = Math.round(1_000 + Math.random() * 1_000);
      throw errors.tooManyUploads({ tenant, running, allowed: atOnce }, { retryAfterMs });
    }
    underWay.set(tenant, running + 1);
    return () => {
      const left = (underWay.get(tenant) ?? 1) - 1;
      if (left > 0) underWay.set(tenant, left);
      else underWay.delete(tenant);
    };
  }

  return {
    begin({ role, id }) {
      if (role !== "customer" && role !== "partner") return unbounded;
      const tenant = `${role} ${id}`;
      const leave = enter(tenant);
      let day = "";
      let booked = 0;
      let received = 0;
      const tryBook = async (bytes: number): Promise<AppError | undefined> => {
        const booking = await bookBytes(db, tenant, bytes, bytesPerDay);
        if (!booking.done) {
          const { used, nextDayMs } = booking;
          const params = { tenant, used, bytes, over: used + bytes - bytesPerDay, allowed: bytesPerDay };
          return errors.uploadBytesSpent(params, { retryAfterMs: nextDayMs });
        }
        day = booking.day;
        booked += bytes;
        return undefined;
      };
      const mustBook = async (bytes: number): Promise<void> => {
        const refusal = await tryBook(bytes);
        if (refusal) throw refusal;
      };
      return {
        async announce(bytes) {
          // Nothing over the largest model is read, whatever is announced.
          if (bytesPerDay > 0 && bytes > 0) await mustBook(Math.min(bytes, maxBytes));
        },
        async *counted(messages) {
          for await (const message of messages) {
            if (message.part?.$case === "chunk") received += message.part.value.length;
            const missing = bytesPerDay > 0 ? received - booked : 0;
            // The last bytes of a day are less than a lump.
            if (missing > 0 && (await tryBook(Math.max(lumpBytes, missing)))) await mustBook(missing);
            yield message;
          }
        },
        async end() {
          leave();
          const unused = booked - received;
          if (unused > 0) await giveBackBytes(db, tenant, day, unused).catch(() => undefined);
        },
      };
    },
  };
}
