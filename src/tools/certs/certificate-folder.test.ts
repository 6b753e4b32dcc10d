import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTlsFiles } from "../../platform/tls";
import { fillCertificateFolder } from "./certificate-folder";
import { subjects } from "./subjects";

const dayMs = 86_400_000;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "certs-test-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...parts: string[]): string => join(folder, ...parts);
const done = (outcomes: { name: string; done: string }[]): string =>
  outcomes.map((each) => `${each.name} ${each.done}`).join(", ");
const [shop, mes] = [
  subjects.find(({ name }) => name === "shop")!,
  subjects.find(({ name }) => name === "mes")!,
];

test("a new folder gets an authority and a pair per service, keys for their owner only", async () => {
  const outcomes = await fillCertificateFolder(folder, { subjects: [shop, mes] });
  expect(done(outcomes)).toBe("authority made, shop made, mes made");
  const files = {
    use: "test",
    certFile: at("mes", "tls.crt"),
    keyFile: at("mes", "tls.key"),
    caFile: at("mes", "ca.crt"),
  };
  expect(readTlsFiles(files).identity).toBeDefined();
  for (const key of [at("mes", "tls.key"), at("authority", "ca.key")])
    expect(statSync(key).mode & 0o777).toBe(0o600);
  const certificate = new X509Certificate(readFileSync(at("mes", "tls.crt")));
  for (const name of ["mes", "mes-operator", "mes-worker", "localhost"])
    expect(certificate.checkHost(name)).toBe(name);
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkHost("shop")).toBeUndefined();
});

test("certificates that hold are kept to the byte", async () => {
  await fillCertificateFolder(folder, { subjects: [shop] });
  const before = readFileSync(at("shop", "tls.crt"), "utf8");
  expect(done(await fillCertificateFolder(folder, { subjects: [shop] }))).toBe("shop kept");
  expect(readFileSync(at("shop", "tls.crt"), "utf8")).toBe(before);
});

test("a certificate is renewed in its last 30 days, by the same authority", async () => {
  await fillCertificateFolder(folder, { subjects: [shop] });
  const authority = readFileSync(at("shop", "ca.crt"), "utf8");
  const in59Days = new Date(Date.now() + 59 * dayMs);
  expect(done(await fillCertificateFolder(folder, { subjects: [shop], now: in59Days }))).toBe("shop kept");
  const in61Days = new Date(Date.now() + 61 * dayMs);
  expect(done(await fillCertificateFolder(folder, { subjects: [shop], now: in61Days }))).toBe("shop renewed");
  expect(readFileSync(at("shop", "ca.crt"), "utf8")).toBe(authority);
});

test("an authority near its end is made anew with everything below it", async () => {
  await fillCertificateFolder(folder, { subjects: [shop] });
  const later = new Date(Date.now() + 3_600 * dayMs);
  const outcomes = await fillCertificateFolder(folder, { subjects: [shop], now: later });
  expect(done(outcomes)).toBe("authority renewed, shop renewed");
});

test("a certificate is made anew for a further name, and by force", async () => {
  await fillCertificateFolder(folder, { subjects: [shop] });
  const more = { ...shop, hosts: [...shop.hosts, "shop.example"] };
  expect(done(await fillCertificateFolder(folder, { subjects: [more] }))).toBe("shop renewed");
  expect(done(await fillCertificateFolder(folder, { subjects: [more], force: true }))).toBe("shop renewed");
});
