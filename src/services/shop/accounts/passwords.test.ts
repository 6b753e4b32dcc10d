import { hashPassword, verifyPassword } from "./passwords";

test("a hash verifies its password and no other, has its own salt, and does not hold the password", async () => {
  const [one, two] = await Promise.all([hashPassword("alexandrite"), hashPassword("alexandrite")]);
  expect(one).not.toBe(two);
  expect(one).not.toContain("alexandrite");
  expect(await verifyPassword("alexandrite", one)).toBe(true);
  expect(await verifyPassword("Alexandrite", one)).toBe(false);
});

test("a hash keeps its own cost, so that old ones stay good when the cost goes up", async () => {
  const cheap = "scrypt$1024$8$1$c2FsdA$ZEINCIIGxlvEK156-2QaDl6z_m0neUXGZijb8K5eGTQ";
  expect(await verifyPassword("x", cheap)).toBe(true);
  await expect(verifyPassword("x", "bcrypt$1")).rejects.toThrow("scheme bcrypt");
});
