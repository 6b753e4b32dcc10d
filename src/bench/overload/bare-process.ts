import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from "@grpc/grpc-js";
import type { ListResponse } from "../overhead/gen/bench";
import { grpcJsService } from "../overhead/workload";
import type { BareOrder, BareReport } from "./messages";

/**
 * grpc-js and the simplest limit there is: so many calls at a time, and every other is refused at once. Without queue, priorities and telemetry its refusals are as quick as those of a
 * server on grpc-js can be; the pauses of the machine and of the garbage collector are the same.
 */
let atATime = Number.POSITIVE_INFINITY;
let held = 0;

const answer: ListResponse = { items: [{ id: "1", name: "part", quantity: 1, priceMinor: 100n }] };

function list({ metadata }: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void {
  if (held >= atATime)
    return callback({ code: status.RESOURCE_EXHAUSTED, details: "Too many calls at a time." });
  held += 1;
  setTimeout(
    () => {
      held -= 1;
      callback(null, answer);
    },
    Number(metadata.get("hold-ms")[0] ?? 0),
  );
}

const tell = (report: BareReport): void => void process.send?.(report);
const server = new Server({ "grpc.enable_channelz": 0 });
server.addService(grpcJsService(), { list });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.on("message", (order: BareOrder) => {
    atATime = order.atATime;
    tell({ kind: "limited" });
  });
  process.once("disconnect", () => process.exit(0));
  tell({ kind: "ready", port });
});
