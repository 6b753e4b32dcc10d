import type { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import {
  type UploadModelRequest,
  UploadModelHeader,
  UploadModelResponse,
} from "../../../gen/alexandrite/mes/v1/mes";
import { lengthUnitFromJSON, modelFormatFromJSON } from "../../../gen/alexandrite/order/v1/order";
import { errors } from "../domain/errors";
import type { Upstreams } from "../upstreams";
import { wholeNumber } from "./parse";

type UploadPath = { Params: { orderId: string }; Querystring: Record<string, string | undefined> };

/** How long an upload may take, in milliseconds: 200 MB at 3 Mbit/s. */
const deadlineMs = 600_000;
/** As large as a chunk of UploadModel may be. */
const chunkBytes = 512 * 1024;

/**
 * PUT of a model's bytes, `?format=stl|obj|3mf&expectedVersion=1[&unit=inch][&fileName=…][&sha256=…][&commandId=…]`, passed on as they come:
 * the body is never held as a whole, and a sender that stops half way ends the upload with nothing kept.
 */
export function addUploadRoute(
  app: FastifyInstance,
  { mes }: Upstreams,
  { maxBytes }: { maxBytes: number },
): void {
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.put<UploadPath>(
    "/api/v1/orders/:orderId/model",
    { bodyLimit: maxBytes, config: { deadlineMs } },
    async (request) => {
      const { query, params, headers } = request;
      const bytes = Number(headers["content-length"] ?? 0);
      if (bytes > maxBytes) throw errors.modelTooLarge({ bytes, allowed: maxBytes });
      const header = UploadModelHeader.fromPartial({
        orderId: params.orderId,
        expectedVersion: wholeNumber("expectedVersion", query.expectedVersion),
        commandId: query.commandId ?? "",
        format: named("format", "MODEL_FORMAT_", modelFormatFromJSON, query.format),
        unit: named("unit", "LENGTH_UNIT_", lengthUnitFromJSON, query.unit ?? "millimeter"),
        fileName: query.fileName ?? "",
        sha256: query.sha256 ?? "",
        sizeBytes: BigInt(bytes),
      });
      // Text and JSON have been read as such: what is left is not the model's bytes.
      if (request.body && typeof (request.body as Partial<Readable>).pipe !== "function")
        throw errors.badBody({ fault: "a model's bytes are application/octet-stream" });
      return UploadModelResponse.toJSON(
        await mes.uploadModel(parts(header, request.body as Readable | undefined, maxBytes), { deadlineMs }),
      );
    },
  );
}

function named<T>(name: string, prefix: string, parse: (value: string) => T, given: string | undefined): T {
  try {
    return parse(`${prefix}${(given ?? "").toUpperCase()}`);
  } catch {
    throw errors.badParameter({
      name,
      given: given ?? "",
      expected: name === "format" ? "stl, obj or 3mf" : "a unit",
    });
  }
}

async function* parts(
  header: UploadModelHeader,
  body: Readable | undefined,
  maxBytes: number,
): AsyncGenerator<UploadModelRequest> {
  yield { part: { $case: "header", value: header } };
  let sent = 0;
  for await (const piece of body ?? []) {
    const bytes = piece as Buffer;
    sent += bytes.length;
    if (sent > maxBytes) throw errors.modelTooLarge({ bytes: sent, allowed: maxBytes });
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      yield { part: { $case: "chunk", value: bytes.subarray(at, at + chunkBytes) } };
    }
  }
}
