import { join } from "node:path";
import { ensureGraylogProgram } from "./graylog-classes";

const program = join(__dirname, "../../../src/platform/telemetry/testing/gelf-codec/DecodeGelf.java");

/** What Graylog makes of one frame: the message's fields, or why it refuses it. */
export type DecodedFrame = { fields?: Record<string, unknown>; error?: string };

/** Graylog's own GELF decoder. */
export type GraylogCodec = {
  /** Decodes what a GELF TCP connection carried, frame by frame in order. */
  decode(stream: Buffer): Promise<DecodedFrame[]>;
};

/** `org.graylog2.inputs.codecs.GelfCodec`; see `ensureGraylogProgram` for what it costs and needs. */
export async function ensureGraylogCodec(onLine?: (line: string) => void): Promise<GraylogCodec> {
  const codec = await ensureGraylogProgram(program, onLine);
  return {
    decode: async (stream) => (await codec.run(stream)).map((line) => JSON.parse(line) as DecodedFrame),
  };
}
