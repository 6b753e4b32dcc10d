import { credentials, makeClientConstructor } from "@grpc/grpc-js";
import { reflectionService, type ReflectionVersion } from "../reflection-contract";

/** An answer of server reflection, names as in its proto. */
export type ReflectionAnswer = {
  list_services_response?: { service: { name: string }[] };
  file_descriptor_response?: { file_descriptor_proto: Buffer[] };
  all_extension_numbers_response?: { extension_number: number[] };
  error_response?: { error_code: number; error_message: string };
};

/** Asks a server's reflection one question. */
export function askReflection(
  { port }: { port: number },
  version: ReflectionVersion,
  question: object,
): Promise<ReflectionAnswer> {
  const Reflection = makeClientConstructor(reflectionService(version), "ServerReflection");
  const client = new Reflection(`127.0.0.1:${port}`, credentials.createInsecure());
  return new Promise<ReflectionAnswer>((resolve, reject) => {
    const call = client["ServerReflectionInfo"]?.();
    call.on("data", resolve).on("error", reject);
    call.write(question);
    call.end();
  }).finally(() => client.close());
}
