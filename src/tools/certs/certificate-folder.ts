import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isIP } from "node:net";
import { createAuthority, type Issued, issueCertificate } from "./issue";

/** Whose certificates there are: a service's name, and the host names that it answers by. */
export type Subject = { name: string; hosts: readonly string[] };

export type Outcome = { name: string; done: "made" | "renewed" | "kept"; notAfter: Date };

export type FolderOptions = {
  subjects: readonly Subject[];
  /** Makes end certificates anew that still hold. */
  force?: boolean;
  /** Owner of the files, where we may give them away. */
  owner?: { uid: number; gid: number };
  now?: Date;
};

const authorityDays = 3_650;
const certificateDays = 90;
const dayMs = 86_400_000;
/** The last third of its time: a renewal that fails is noticed while there are weeks left. */
const renewBeforeMs = (certificateDays / 3) * dayMs;

/**
 * Fills `folder`: `authority/` with the authority's key, which no service needs, and a folder per subject with `tls.crt`, `tls.key` and `ca.crt`. Certificates
 * that hold are kept, those in their last 30 of 90 days are renewed, and those of another authority or other names made anew. An authority in its last 90
 * days is made anew with everything below it. Files are exchanged by renaming, so that no reader sees half a file.
 */
export async function fillCertificateFolder(folder: string, options: FolderOptions): Promise<Outcome[]> {
  const { subjects, force = false, owner, now = new Date() } = options;
  const home = join(folder, "authority");
  let authority = readPair(home, "ca");
  const authorityHolds =
    authority !== undefined && endOf(authority.certificate) > now.getTime() + certificateDays * dayMs;
  const outcomes: Outcome[] = [];
  if (!authority || !authorityHolds) {
    const done = authority ? "renewed" : "made";
    authority = await createAuthority("Alexandrite internal authority", { days: authorityDays });
    writePair(home, "ca", authority);
    outcomes.push({ name: "authority", done, notAfter: new Date(endOf(authority.certificate)) });
  }
  for (const { name, hosts } of subjects) {
    const names = [name, ...hosts.filter((host) => host !== name)];
    const home = join(folder, name);
    const before = readPair(home, "tls");
    const holds =
      !force &&
      before !== undefined &&
      isOf(before, authority, names) &&
      endOf(before.certificate) > now.getTime() + renewBeforeMs;
    const pair = holds ? before : await issueCertificate(authority, names, { days: certificateDays });
    if (!holds) writePair(home, "tls", pair, owner);
    write(join(home, "ca.crt"), authority.certificate, 0o644, owner);
    outcomes.push({
      name,
      done: holds ? "kept" : before ? "renewed" : "made",
      notAfter: new Date(endOf(pair.certificate)),
    });
  }
  return outcomes;
}

function endOf(pem: string): number {
  return Date.parse(new X509Certificate(pem).validTo);
}

function isOf({ certificate }: Issued, authority: Issued, names: readonly string[]): boolean {
  const own = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority.certificate);
  return (
    own.checkIssued(issuer) &&
    own.verify(issuer.publicKey) &&
    names.every((name) => (isIP(name) ? own.checkIP(name) : own.checkHost(name)))
  );
}

function readPair(folder: string, name: string): Issued | undefined {
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  if (!existsSync(certFile) || !existsSync(keyFile)) return undefined;
  return { certificate: readFileSync(certFile, "utf8"), privateKey: readFileSync(keyFile, "utf8") };
}

/** The key first: a reader between the two finds a pair that does not fit, and waits for the next look. */
function writePair(folder: string, name: string, pair: Issued, owner?: FolderOptions["owner"]): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (owner) chownSync(folder, owner.uid, owner.gid);
  write(join(folder, `${name}.key`), pair.privateKey, 0o600, owner);
  write(join(folder, `${name}.crt`), pair.certificate, 0o644, owner);
}

function write(file: string, text: string, mode: number, owner?: FolderOptions["owner"]): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  const next = `${file}.next`;
  writeFileSync(next, text, { mode });
  // The mode of a file that was there already, and the umask, count otherwise.
  chmodSync(next, mode);
  if (owner) chownSync(next, owner.uid, owner.gid);
  renameSync(next, file);
}
