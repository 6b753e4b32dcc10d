import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { descriptorSet } from "../gen/descriptors";

/** What a field is called that nobody may see; a page token is no secret. */
const telling = /(^|_)(password|secret|card|pin|api_key|token)(_|$)/;
const harmless = /(^|_)page_token$/;

test("every field of proto/ that is called like a secret is marked debug_redact", () => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
  const fields = [...registry].flatMap((type) =>
    type.kind === "message" && type.typeName.startsWith("alexandrite.")
      ? type.fields.filter(({ name }) => telling.test(name) && !harmless.test(name))
      : [],
  );
  const nameOf = ({ parent, name }: (typeof fields)[number]) => `${parent.typeName}.${name}`;
  expect(fields.filter(({ proto }) => !proto.options?.debugRedact).map(nameOf)).toEqual([]);
  expect(fields.map(nameOf).sort()).toEqual([
    "alexandrite.mes.v1.CreateWebhookResponse.secret",
    "alexandrite.mes.v1.VerifyApiKeyRequest.api_key",
    "alexandrite.shop.v1.PayOrderRequest.card",
    "alexandrite.shop.v1.SignInRequest.password",
    "alexandrite.shop.v1.SignInResponse.access_token",
  ]);
});
