import type { MoveCommand } from "../../../baton";
import type { CallContext } from "../../../platform/grpc";
import { mustBeVisible } from "./visibility";

type CommandRequest = { orderId: string; expectedVersion: number; commandId: string };

/** What every command of MES has in common: which order, as the caller saw it, and in whose name. */
export function commandOf(
  { orderId, expectedVersion, commandId }: CommandRequest,
  { principal, signal, deadlineAt }: CallContext,
): Omit<MoveCommand, "to"> {
  return {
    orderId,
    expectedVersion,
    ...(commandId !== "" && { commandId }),
    actor: { role: principal.role, id: principal.id },
    authorize: (order) => mustBeVisible(order, principal),
    signal,
    deadlineAt,
  };
}
