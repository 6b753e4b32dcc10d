import { loadSettings } from "../../stack/settings";
import { reconcile } from "./reconcile";
import { systemSources } from "./sources";

/** What disagrees between the services, the topic, the ledger and the object store: `reconcile --help`. */
async function main(): Promise<number> {
  const sources = systemSources(loadSettings(), process.env);
  try {
    return await reconcile(process.argv.slice(2), {
      sources,
      print: (line) => console.log(line.trimEnd()),
      complain: (line) => console.error(line.trimEnd()),
    });
  } finally {
    await sources.close();
  }
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
