import { type Baton, errors } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import type { Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { addNote as storeNote } from "../store/notes";

type Deps = { baton: Baton; db: Database };

export function addNote({ baton, db }: Deps): Handlers<typeof CrmServiceDefinition>["addNote"] {
  return async ({ orderId, noteId, text }, { principal }) => {
    if ((await baton.get(orderId)) === undefined) throw errors.orderNotFound({ orderId });
    return { note: await storeNote(db, { noteId, orderId, authorId: principal.id, text }) };
  };
}
