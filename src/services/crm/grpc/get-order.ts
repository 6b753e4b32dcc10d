import { type Baton, errors } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import type { Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { notesOf } from "../store/notes";

type Deps = { baton: Baton; db: Database };

export function getOrder({ baton, db }: Deps): Handlers<typeof CrmServiceDefinition>["getOrder"] {
  return async ({ orderId }) => {
    const order = await baton.get(orderId);
    if (order === undefined) throw errors.orderNotFound({ orderId });
    return { order, notes: await notesOf(db, orderId) };
  };
}
