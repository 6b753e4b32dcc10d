import { Command, InvalidArgumentError } from "commander";
import { addressesOf, gatewayUrls } from "../../stack/instances";
import { loadSettings } from "../../stack/settings";
import { seeds } from "../seeds";
import { createToolHost } from "../tool-host";
import { createCustomerDoor, signIn } from "./customer-door";
import { Latencies } from "./latency";
import { sampleModels } from "./models";
import { isTransient, runOrder } from "./one-order";
import { persist } from "./persist";
import { openStaffDoor } from "./staff-door";

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1 to 999999.");
  return Number(text);
};

/** Takes orders over the public doors to DELIVERED; the last line is JSON, the exit code 1 when one did not get there. */
async function main(): Promise<number> {
  const options = new Command("demo")
    .option("--orders <n>", "how many orders", wholeNumber, 20)
    .option("--concurrency <n>", "how many at a time", wholeNumber, 4)
    .parse()
    .opts<{ orders: number; concurrency: number }>();
  const settings = loadSettings();
  const gatewayUrl = gatewayUrls(settings);
  const control = createToolHost("demo");
  const token = (email: string): Promise<string> =>
    persist(() => signIn(gatewayUrl, email, seeds.password), isTransient);
  const [anna, boris, seller, operator] = await Promise.all(
    [seeds.customers[0], seeds.customers[1], seeds.seller, seeds.operator].map(token),
  );
  const customers = [
    createCustomerDoor("customer", gatewayUrl, { authorization: `Bearer ${anna}` }),
    createCustomerDoor("partner", gatewayUrl, { "x-api-key": seeds.partnerApiKey }),
    createCustomerDoor("customer", gatewayUrl, { authorization: `Bearer ${boris}` }),
  ];
  const staff = await openStaffDoor(
    control.host,
    {
      operator: addressesOf(settings, "mes-operator", "mesOperator"),
      crm: addressesOf(settings, "crm", "crm"),
    },
    { operator: operator!, seller: seller! },
  );
  const models = sampleModels(settings.root);
  const latencies = new Latencies();
  const failures: string[] = [];
  let next = 0;
  let delivered = 0;
  const worker = async (): Promise<void> => {
    while (next < options.orders) {
      const number = next++;
      const customer = customers[number % customers.length]!;
      const model = models[number % models.length]!;
      const plan = { customer, staff, model, quantity: 1 + (number % 5), sellerDelivers: number % 2 === 1 };
      try {
        const { orderId, version } = await runOrder(plan, latencies);
        delivered += 1;
        console.log(
          `${String(delivered + failures.length).padStart(4)}/${options.orders}  ${orderId}  ${customer.role.padEnd(8)}  ${model.fileName.padEnd(24)}  DELIVERED v${version}`,
        );
      } catch (error) {
        failures.push(`${customer.role}, ${model.fileName}: ${(error as Error).message}`);
        console.log(
          `${String(delivered + failures.length).padStart(4)}/${options.orders}  FAILED  ${failures.at(-1)}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, options.orders) }, worker));
  await control.stop(5_000);
  console.log(`\n${latencies.table().join("\n")}\n`);
  console.log(
    JSON.stringify({ orders: options.orders, delivered, failed: failures.length, p99_ms: latencies.p99() }),
  );
  return failures.length === 0 && delivered === options.orders ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`The demo could not start: ${error.message}. Is the system up? See \`make status\`.`);
    process.exit(1);
  },
);
