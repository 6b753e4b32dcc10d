import { loadSettings } from "../../stack/settings";
import { databaseUrl } from "../order/databases";
import { dlq } from "./dlq";

/** The dead letters of Shop, CRM and MES: `dlq --help`. */
async function main(): Promise<number> {
  const settings = loadSettings();
  const urls = Object.fromEntries(["shop", "crm", "mes"].map((name) => [name, databaseUrl(settings, name)]));
  return dlq(process.argv.slice(2), {
    urls,
    print: (line) => console.log(line.trimEnd()),
    complain: (line) => console.error(line.trimEnd()),
  });
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
