import { isPublic, mustBeAllowed, publicLookup } from "./address-guard";

test.each([
  "127.0.0.1",
  "127.9.9.9",
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "100::1",
  "2001:db8::1",
  "2001::1",
  "2002:7f00:1::",
  "fc00::1",
  "fd12::1",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "not an address",
])("%s is not public", (address) => expect(isPublic(address)).toBe(false));

test.each(["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4010::1"])(
  "%s is public",
  (address) => expect(isPublic(address)).toBe(true),
);

test.each([
  ["https://8.8.8.8/hook", false],
  ["https://[2606:4700:4700::1111]:8443/hook?a=b", false],
  ["https://127.0.0.1/hook", true],
  ["https://10.1.2.3/hook", true],
  ["http://127.0.0.1:8080/hook", true],
  ["http://[::1]:8080/hook", true],
  ["http://localhost:8080/hook", true],
])("%s is allowed (private addresses: %p)", async (url, allowPrivate) => {
  await expect(mustBeAllowed(url, allowPrivate)).resolves.toBeUndefined();
});

test.each([
  ["no url", false, "it is no URL"],
  ["ftp://8.8.8.8/", true, "it is not https"],
  ["http://8.8.8.8/", false, "it is not https"],
  ["http://8.8.8.8/", true, "http is for loopback addresses only"],
  ["http://10.0.0.1/", true, "http is for loopback addresses only"],
  ["https://anna:secret@8.8.8.8/", false, "it has a user in it"],
  ["https://8.8.8.8/#top", false, "it has a fragment"],
  ["https://localhost/", false, "its host is not a public address"],
  ["https://127.0.0.1/", false, "its host is not a public address"],
  ["https://2130706433/", false, "its host is not a public address"],
  ["https://0x7f.1/", false, "its host is not a public address"],
  ["https://0177.0.0.1/", false, "its host is not a public address"],
  ["https://127.1./", false, "its host is not a public address"],
  ["https://169.254.169.254/latest/meta-data", false, "its host is not a public address"],
  ["https://[::1]/", false, "its host is not a public address"],
  ["https://[::ffff:10.0.0.1]/", false, "its host is not a public address"],
  ["https://[fe80::1]/", false, "its host is not a public address"],
  ["https://nobody.invalid/", false, "its host is not found"],
])("%s is refused (private addresses: %p): %s", async (url, allowPrivate, why) => {
  await expect(mustBeAllowed(url, allowPrivate)).rejects.toMatchObject({
    reason: "WEBHOOK_URL_REFUSED",
    message: expect.stringContaining(why) as string,
  });
});

test.each([true, false])("connections resolve no name to a loopback address (all: %p)", async (all) => {
  const error = await new Promise<unknown>((resolve) => {
    publicLookup("localhost", { all }, (failed) => resolve(failed));
  });
  expect(error).toMatchObject({ message: "localhost is not a public address" });
});
