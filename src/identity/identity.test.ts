import { AppError } from "../platform/errors";
import { createIdentity } from ".";

const refusing = (error: AppError) =>
  createIdentity(
    { serviceKey: "none", serviceKeyHashes: new Map() },
    {
      shop: { getJwks: () => Promise.reject(error) },
      mes: { verifyApiKey: () => Promise.reject(error) },
    },
  );
const asked = (category: "invalid_argument" | "unauthenticated" | "unavailable", reason: string) =>
  refusing(new AppError({ category, reason, message: "no" }))({ apiKey: "short" });

test("a key that MES refuses to look up, as too short or too long, is a key that nobody has", async () => {
  const unknown = { category: "unauthenticated", reason: "UNKNOWN_API_KEY" };
  await expect(asked("invalid_argument", "INVALID_ARGUMENT")).rejects.toMatchObject(unknown);
  await expect(asked("unauthenticated", "UNKNOWN_API_KEY")).rejects.toMatchObject(unknown);
});

test("that MES cannot be asked says nothing of a key", async () => {
  await expect(asked("unavailable", "UNAVAILABLE")).rejects.toMatchObject({ category: "unavailable" });
});
