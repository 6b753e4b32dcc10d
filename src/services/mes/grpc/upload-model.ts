import { type Baton, errors as orderErrors } from "../../../baton";
import type {
  MesServiceDefinition,
  UploadModelHeader,
  UploadModelRequest,
} from "../../../gen/alexandrite/mes/v1/mes";
import { LengthUnit, type Model, type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { decodeEvent, mayMove, shortStatus } from "../../../order";
import { AppError } from "../../../platform/errors";
import type { CallContext, Handlers } from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import { annotate } from "../../../platform/telemetry";
import type { PricingAdmission, TenantUpload, UploadAllowance } from "../admission";
import { errors } from "../domain/errors";
import { mustBeVisible } from "./visibility";
import { attach } from "../jobs/attach";
import { modelUploadBytesTotal, modelUploadsTotal } from "../metrics";
import type { ModelStore } from "../models/model-store";
import type { Spool, SpooledModel } from "../models/spool";
import { commandOf } from "./command";

type Deps = {
  baton: Baton;
  spool: Spool;
  models: ModelStore;
  admission: PricingAdmission;
  allowance: UploadAllowance;
  completeSoon: () => void;
};

/**
 * To MODEL_UPLOADED, with the model's bytes. Whether the upload can come to anything is asked before the first byte is read; the bytes are kept on disk until they are whole and
 * checked, then stored, and only then the order moves and waits for its price. An upload that ends in between leaves nothing.
 */
export function uploadModel(
  host: ServiceHost,
  { baton, spool, models, admission, allowance, completeSoon }: Deps,
): Handlers<typeof MesServiceDefinition>["uploadModel"] {
  const outcomes = host.metrics.counter(modelUploadsTotal);
  const received = host.metrics.counter(modelUploadBytesTotal).child({});

  /** Counts what refuses an upload or breaks it off. */
  async function counting<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      outcomes.inc({ outcome: error instanceof AppError ? error.reason.toLowerCase() : "failed" });
      throw error;
    }
  }

  /** What is left of an upload once it has its place. */
  async function take(
    header: UploadModelHeader,
    messages: AsyncIterable<UploadModelRequest>,
    upload: TenantUpload,
    call: CallContext,
  ): Promise<{ order: Order }> {
    const done = await mayUpload(baton, header, call);
    if (done) return { order: done };
    const model = await counting(async () => {
      await upload.announce(Number(header.sizeBytes));
      return spool.receive(header, upload.counted(messages));
    });
    try {
      received.inc(model.sizeBytes);
      const known = await models.keep(model);
      const order = await baton.move(
        {
          ...commandOf(header, call),
          to: OrderStatus.ORDER_STATUS_MODEL_UPLOADED,
          change: () => ({ model: modelOf(header, model), failure: undefined, price: undefined }),
        },
        async (tx, after) => {
          await models.hold(tx, model.sha256);
          await attach(tx, after);
        },
      );
      outcomes.inc({ outcome: known ? "known" : "stored" });
      completeSoon();
      return { order };
    } finally {
      await model.remove();
    }
  }

  return async (requests, call) => {
    const messages = requests[Symbol.asyncIterator]();
    const first = await messages.next();
    const part = first.done ? undefined : first.value.part;
    if (part?.$case !== "header") throw errors.noHeader();
    const header = part.value;
    annotate({ order_id: header.orderId });
    admission.mustTakeModel(call.principal);
    const upload = await counting(() => allowance.begin(call.principal));
    try {
      return await take(header, { [Symbol.asyncIterator]: () => messages }, upload, call);
    } finally {
      await upload.end();
    }
  };
}

/** Refuses early what the move would refuse after all the bytes have come; gives the order when this is a repeat of an upload that was done. */
async function mayUpload(
  baton: Baton,
  header: UploadModelHeader,
  { principal }: CallContext,
): Promise<Order | undefined> {
  const { orderId, expectedVersion, commandId } = header;
  const order = await baton.get(orderId);
  if (!order) throw orderErrors.orderNotFound({ orderId });
  mustBeVisible(order, principal);
  if (commandId !== "" && order.version > expectedVersion) {
    const [next] = await baton.events(orderId, expectedVersion, 1);
    const made = next && decodeEvent(next.value);
    if (made?.commandId === commandId && made.status === OrderStatus.ORDER_STATUS_MODEL_UPLOADED)
      return made.order;
  }
  if (order.version !== expectedVersion) {
    throw orderErrors.versionMismatch({ orderId, expected: expectedVersion, actual: order.version });
  }
  const to = OrderStatus.ORDER_STATUS_MODEL_UPLOADED;
  const mine = [OrderStatus.ORDER_STATUS_CREATED, OrderStatus.ORDER_STATUS_PRICING_FAILED];
  if (!mine.includes(order.status) || !mayMove(order.status, to)) {
    throw orderErrors.illegalTransition({ orderId, from: shortStatus(order.status), to: shortStatus(to) });
  }
  return undefined;
}

function modelOf({ format, unit, fileName }: UploadModelHeader, { sha256, sizeBytes }: SpooledModel): Model {
  const said = unit === LengthUnit.LENGTH_UNIT_UNSPECIFIED ? LengthUnit.LENGTH_UNIT_MILLIMETER : unit;
  return { sha256, format, unit: said, sizeBytes: BigInt(sizeBytes), fileName };
}
