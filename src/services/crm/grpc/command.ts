import type { MoveCommand } from "../../../baton";
import type { CallContext } from "../../../platform/grpc";
import { mustBeVisible } from "./owner";

type CommandRequest = { orderId: string; expectedVersion: number; commandId: string };

/** What every command of CRM has in common: which order, as the caller saw it, and in whose name. */
export function commandOf(
  request: CommandRequest,
  { principal, signal, deadlineAt }: CallContext,
): Omit<MoveCommand, "to"> {
  return {
    orderId: request.orderId,
    expectedVersion: request.expectedVersion,
    ...(request.commandId !== "" && { commandId: request.commandId }),
    actor: { role: principal.role, id: principal.id },
    authorize: (order) => mustBeVisible(order, principal),
    signal,
    ...(deadlineAt !== undefined && { deadlineAt }),
  };
}
