import { Argument, Command } from "commander";
import { loadSettings } from "../stack/settings";
import { signIn } from "./demo/customer-door";
import { seeds } from "./seeds";

/** Prints a token of a seeded account (or the partner's API key) and nothing else, so that a shell can use it. */
async function main(): Promise<void> {
  const accounts: Record<string, string> = {
    customer: seeds.customers[0],
    seller: seeds.seller,
    operator: seeds.operator,
  };
  const command = new Command("token")
    .addArgument(new Argument("[role]").choices([...Object.keys(accounts), "partner"]).default("customer"))
    .option("--email <email>", "another account than the seeded one")
    .option("--password <password>", "its password", seeds.password)
    .parse();
  const [role = "customer"] = command.processedArgs as string[];
  const { email, password } = command.opts<{ email?: string; password: string }>();
  if (role === "partner") {
    console.log(seeds.partnerApiKey);
    return;
  }
  const { ports } = loadSettings();
  console.log(await signIn(`http://127.0.0.1:${ports.gateway}`, email ?? accounts[role]!, password));
}

main().catch((error: Error) => {
  console.error(`No token: ${error.message}. Is the system up? See \`make status\`.`);
  process.exit(1);
});
