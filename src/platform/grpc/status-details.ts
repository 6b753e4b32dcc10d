import { Metadata, type StatusObject } from "@grpc/grpc-js";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  AppError,
  type AppErrorInit,
  categories,
  categoryOfGrpcStatus,
  type FieldViolation,
  toAppError,
} from "../errors";

// The messages of google.rpc are written and read here by hand: four small shapes that cannot change, and no generated module for each.

/** Trailer of google.rpc.Status in binary form (grpc/grpc `doc/statuscodes`, googleapis `google/rpc/status.proto`). */
const detailsKey = "grpc-status-details-bin";
/** grpc-js ignores RetryInfo and obeys only this; it must be an integer (gRFC A6). */
const pushbackKey = "grpc-retry-pushback-ms";
const typePrefix = "type.googleapis.com/google.rpc.";

/** What a call answers for a thrown value: status, text, and reason, fields and waiting time as google.rpc details. */
export function toStatus(thrown: unknown): StatusObject {
  const error = toAppError(thrown);
  const code = categories[error.category].grpcStatus;
  const details = bounded(error.message);
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(encodeStatus(code, details, error)));
  if (error.retryAfterMs !== undefined) metadata.set(pushbackKey, String(Math.ceil(error.retryAfterMs)));
  return { code, details, metadata };
}

/** Many peers refuse trailers over 8 KiB, and the whole answer with them; so texts and lists in them are bounded. */
const longestText = 1_000;
const longestItem = 200;
const mostViolations = 16;

function bounded(text: string, longest = longestText): string {
  const short = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  // grpc-js encodes the text by encodeURI, which throws on half a surrogate pair, outside of every try block.
  return Buffer.from(short).toString();
}

/** The error that a status stands for, with what its details tell. */
export function fromStatus({ code, details, metadata }: StatusObject, method: string): AppError {
  const init: AppErrorInit = {
    category: categoryOfGrpcStatus(code),
    reason: categoryOfGrpcStatus(code).toUpperCase(),
    message: details || `${method} failed without a word`,
  };
  const [encoded] = metadata.get(detailsKey);
  if (encoded instanceof Buffer) readStatus(encoded, init);
  return new AppError(init);
}

/** Milliseconds after which a server lets a call be tried again; undefined when it does not say so in whole, positive digits. */
export function pushbackOf(metadata: Metadata): number | undefined {
  const [value] = metadata.get(pushbackKey);
  return typeof value === "string" && /^\d{1,7}$/.test(value) ? Number(value) : undefined;
}

function encodeStatus(code: number, details: string, error: AppError): Uint8Array {
  const writer = new BinaryWriter()
    .uint32(tag(1, WireType.Varint))
    .int32(code)
    .uint32(tag(2))
    .string(details);
  const info = new BinaryWriter().uint32(tag(1)).string(error.reason).uint32(tag(2)).string(error.domain);
  for (const [key, value] of Object.entries(error.details)) {
    info
      .uint32(tag(3))
      .fork()
      .uint32(tag(1))
      .string(key)
      .uint32(tag(2))
      .string(bounded(value, longestItem))
      .join();
  }
  addAny(writer, "ErrorInfo", info);
  if (error.violations.length > 0) {
    const request = new BinaryWriter();
    for (const { field, description } of error.violations.slice(0, mostViolations)) {
      request.uint32(tag(1)).fork().uint32(tag(1)).string(bounded(field, longestItem));
      request.uint32(tag(2)).string(bounded(description, longestItem)).join();
    }
    addAny(writer, "BadRequest", request);
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs - seconds * 1000) * 1e6);
    const retry = new BinaryWriter().uint32(tag(1)).fork();
    retry.uint32(tag(1, WireType.Varint)).int64(seconds).uint32(tag(2, WireType.Varint)).int32(nanos).join();
    addAny(writer, "RetryInfo", retry);
  }
  return writer.finish();
}

function addAny(writer: BinaryWriter, name: string, message: BinaryWriter): void {
  writer.uint32(tag(3)).fork();
  writer
    .uint32(tag(1))
    .string(typePrefix + name)
    .uint32(tag(2))
    .bytes(message.finish())
    .join();
}

function readStatus(bytes: Uint8Array, init: AppErrorInit): void {
  try {
    for (const any of fields(bytes)) {
      if (any.number !== 3) continue;
      const [type, value] = [first(any.bytes, 1), first(any.bytes, 2)];
      if (!type || !value) continue;
      const name = text(type).replace(typePrefix, "");
      if (name === "ErrorInfo") readErrorInfo(value, init);
      if (name === "BadRequest") init.violations = readViolations(value);
      if (name === "RetryInfo") init.retryAfterMs = readRetryDelay(value);
    }
  } catch {
    // Details are an extra: a peer that garbles them has still told its status.
  }
}

function readErrorInfo(bytes: Uint8Array, init: AppErrorInit): void {
  const details: Record<string, string> = {};
  for (const field of fields(bytes)) {
    if (field.number === 1) init.reason = text(field.bytes);
    if (field.number === 2) init.domain = text(field.bytes);
    if (field.number === 3) details[text(first(field.bytes, 1))] = text(first(field.bytes, 2));
  }
  init.details = details;
}

function readViolations(bytes: Uint8Array): FieldViolation[] {
  return fields(bytes).map((each) => ({
    field: text(first(each.bytes, 1)),
    description: text(first(each.bytes, 2)),
  }));
}

function readRetryDelay(bytes: Uint8Array): number {
  const duration = fields(first(bytes, 1) ?? new Uint8Array());
  const of = (number: number) => Number(duration.find((field) => field.number === number)?.varint ?? 0n);
  return of(1) * 1000 + of(2) / 1e6;
}

type Field = { number: number; bytes: Uint8Array; varint: bigint };

function fields(bytes: Uint8Array): Field[] {
  const reader = new BinaryReader(bytes);
  const found: Field[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) found.push({ number, bytes: reader.bytes(), varint: 0n });
    else if (type === WireType.Varint)
      found.push({ number, bytes: new Uint8Array(), varint: BigInt(reader.int64()) });
    else reader.skip(type, number);
  }
  return found;
}

function first(bytes: Uint8Array, number: number): Uint8Array | undefined {
  return fields(bytes).find((field) => field.number === number)?.bytes;
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

function tag(number: number, type: WireType = WireType.LengthDelimited): number {
  return (number << 3) | type;
}
