/**
 * The doors of the containers on this machine: takes TCP connections on a port and passes each on to one of the containers that its service has now, whatever
 * is spoken, so that `--scale shop=2` needs no port of the machine for each.
 *
 *   node doors.js 50051=shop:50051 8080=gateway:8080
 */
import { lookup } from "node:dns/promises";
import { connect, createServer, type Socket } from "node:net";

/** Longest that a container may take to accept a connection before the next one is asked, in milliseconds. */
const connectMs = 1_000;

for (const door of process.argv.slice(2)) openDoor(door);

function openDoor(door: string): void {
  const [, port, name, target] = /^(\d+)=([^:]+):(\d+)$/.exec(door) ?? [];
  if (name === undefined) throw new Error(`${door} is no door: use port=service:port.`);
  let turn = 0;
  createServer({ pauseOnConnect: true }, (caller) => {
    caller.on("error", () => caller.destroy());
    void passOn(caller, name, Number(target), turn++);
  }).listen(Number(port));
}

/** The name is asked anew for each connection: containers come and go. */
async function passOn(caller: Socket, name: string, port: number, turn: number): Promise<void> {
  const found = await lookup(name, { all: true, family: 4 }).catch(() => []);
  for (let n = 0; n < found.length && !caller.destroyed; n++) {
    const { address } = found[(turn + n) % found.length]!;
    const service = await reach(address, port);
    if (!service) continue;
    service.on("error", () => caller.destroy()).on("close", () => caller.destroy());
    caller.on("close", () => service.destroy());
    caller.pipe(service).pipe(caller);
    return;
  }
  caller.destroy();
}

function reach(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectMs });
    const fail = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once("error", fail).once("timeout", fail);
    socket.once("connect", () => {
      socket.off("error", fail).off("timeout", fail).setTimeout(0);
      resolve(socket);
    });
  });
}

process.on("SIGTERM", () => process.exit(0));
