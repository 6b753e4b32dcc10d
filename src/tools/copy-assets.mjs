// Copies what tsc leaves behind: the pages the gateway serves, the runbook among them, and the descriptors that the benchmark measures with.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { renderMarkdown } from "./render-markdown.mjs";

if (existsSync("src/web")) {
  rmSync("dist/web", { recursive: true, force: true });
  cpSync("src/web", "dist/web", { recursive: true });
  // Alerts link to its chapters as /docs/runbook.md#<alert>.
  const body = renderMarkdown(readFileSync("docs/runbook.md", "utf8"));
  writeFileSync(
    "dist/web/runbook.html",
    `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runbook</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.svg"></head>
<body><main>
${body}
</main></body></html>
`,
  );
}
cpSync("src/bench/overhead/gen/bench.binpb", "dist/bench/overhead/gen/bench.binpb");
