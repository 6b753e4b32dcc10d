import type { ServiceHost } from "../lifecycle";
import { tlsMetrics } from "./metrics";
import { readTlsFiles, type TlsFiles, type TlsMaterial } from "./tls-files";

/** Files in use, and their successors as they come. */
export type WatchedTls = {
  readonly current: TlsMaterial;
  /** Tells of each later material, until the result is called. */
  follow(tell: (material: TlsMaterial) => void): () => void;
};

/** One watch per host and set of files: a process with six clients reads them once. */
const watched = new WeakMap<ServiceHost, Map<string, WatchedTls>>();

/**
 * Reads the files, throws what `readTlsFiles` throws, and looks at them again every `pollMs` until the host stops. By reading, not by the file system's
 * events: a mounted secret is exchanged by a link, and events do not cross every kind of mount. Files that do not fit, as in the middle of a renewal, are
 * refused with a warning, and those before stay in use.
 */
export function watchTlsFiles(host: ServiceHost, files: TlsFiles, pollMs: number): WatchedTls {
  const ofHost = watched.get(host) ?? new Map<string, WatchedTls>();
  watched.set(host, ofHost);
  const key = JSON.stringify([files.use, files.certFile, files.keyFile, files.caFile]);
  const known = ofHost.get(key);
  if (known) return known;
  const made = startWatch(host, files, pollMs);
  ofHost.set(key, made);
  return made;
}

function startWatch(host: ServiceHost, files: TlsFiles, pollMs: number): WatchedTls {
  const { use } = files;
  const reloads = host.metrics.counter(tlsMetrics.reloads);
  for (const outcome of ["taken", "refused"]) reloads.child({ use, outcome });
  const expiry = host.metrics.gauge(tlsMetrics.expiry).child({ use });
  const followers = new Set<(material: TlsMaterial) => void>();
  let current = readTlsFiles(files);
  let told = "";
  expiry.set(current.notAfter / 1000);

  const refuse = (error: Error): void => {
    // Said once per fault, not at every look.
    if (error.message !== told) {
      reloads.inc({ use, outcome: "refused" });
      host.log.warn({ err: error, use }, "TLS files do not fit; those before stay in use");
    }
    told = error.message;
  };
  host.every(`watch-tls-${use}`, pollMs, async () => {
    let found: TlsMaterial;
    try {
      found = readTlsFiles(files);
    } catch (error) {
      return refuse(error as Error);
    }
    told = "";
    if (found.digest === current.digest) return;
    current = found;
    expiry.set(found.notAfter / 1000);
    reloads.inc({ use, outcome: "taken" });
    const notAfter = new Date(found.notAfter).toISOString();
    host.log.info({ use, notAfter }, "TLS files have changed and are in use");
    for (const tell of followers) tell(found);
  });
  return {
    get current() {
      return current;
    },
    follow(tell) {
      followers.add(tell);
      return () => void followers.delete(tell);
    },
  };
}
