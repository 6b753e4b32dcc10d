import { execFileSync } from "node:child_process";
import { join } from "node:path";

type Figures = { us: { min: number }; ratio: number; low: number; high: number };
type Side = { unary: Record<string, Figures> };
type Report = { server: Side; client: Side; recording_ns: Record<string, number>; rounds: number };

const main = join(__dirname, "../../dist/bench/overhead/main.js");

test("the overhead benchmark measures servers and clients and ends with its figures", () => {
  const variants = "bare,bare again,everything";
  const args = [main, "--rounds", "1", "--warmup", "0", "--workloads", "unary", "--variants", variants];
  const printed = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { server, client, recording_ns, rounds } = JSON.parse(
    printed.trim().split("\n").at(-1) ?? "",
  ) as Report;
  expect(rounds).toBe(1);
  expect(Object.keys(server.unary)).toEqual(["bare", "bare again", "everything"]);
  expect(Object.keys(client.unary)).toEqual(["bare", "bare again", "everything"]);
  for (const { us, ratio, low, high } of Object.values(server.unary)) {
    expect(us.min).toBeGreaterThan(0);
    expect(low).toBeLessThanOrEqual(ratio);
    expect(ratio).toBeLessThanOrEqual(high);
  }
  expect(recording_ns["all of a call's metrics, by slots"]).toBeGreaterThan(0);
}, 300_000);

test("a variant, workload or number that it does not know is refused by name", () => {
  const refused = (...args: string[]) => {
    try {
      execFileSync(process.execPath, [main, ...args], { stdio: "pipe" });
    } catch (error) {
      return String((error as { stderr: Buffer }).stderr);
    }
    return "accepted";
  };
  expect(refused("--workloads", "unary,bidi")).toContain("not bidi");
  expect(refused("--sides", "middle")).toContain("not middle");
  expect(refused("--variants", "bare,bear")).toContain("not bear");
  expect(refused("--rounds", "many")).toContain("not many");
}, 120_000);
