import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lifecycle, shortHolder, shortStatus, statuses } from ".";

test("docs/order.md shows the table as it is", () => {
  const page = readFileSync(join(__dirname, "../../docs/order.md"), "utf8");
  const rows = statuses.map((status) => {
    const { holder, next, expiry } = lifecycle[status];
    const when =
      expiry?.since === "price" ? "with its price" : `after ${(expiry?.afterMs ?? 0) / 3_600_000} h`;
    const cells = [
      shortStatus(status),
      holder === undefined ? "" : shortHolder(holder),
      next.map(shortStatus).join(", "),
      expiry ? `${shortStatus(expiry.to)} ${when}` : "",
    ];
    return `|${cells.map((cell) => (cell === "" ? " " : ` ${cell} `)).join("|")}|`;
  });
  expect(page).toContain(rows.join("\n"));
});
