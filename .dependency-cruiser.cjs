/** The import rules of the tree: who may know whom. */
const service = (name) => `^src/services/${name}/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "gen-is-a-leaf",
      severity: "error",
      from: { path: "^src/gen/" },
      to: { path: "^src/", pathNot: "^src/gen/" },
    },
    {
      name: "platform-knows-no-service",
      severity: "error",
      // What makes a test's generated code is the tools' business.
      from: { path: "^src/platform/", pathNot: "/testing/generate\\.mjs$" },
      to: { path: "^src/", pathNot: "^src/platform/" },
    },
    {
      name: "errors-import-nothing",
      severity: "error",
      from: { path: "^src/platform/errors/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/platform/", pathNot: "^src/platform/errors/" },
    },
    {
      name: "config-imports-errors",
      severity: "error",
      from: { path: "^src/platform/config/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/platform/", pathNot: "^src/platform/(config|errors)/" },
    },
    {
      name: "telemetry-imports-leaves",
      severity: "error",
      from: { path: "^src/platform/telemetry/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/platform/", pathNot: "^src/platform/(telemetry|config|errors)/" },
    },
    {
      name: "lifecycle-imports-leaves",
      severity: "error",
      from: { path: "^src/platform/lifecycle/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/platform/", pathNot: "^src/platform/(lifecycle|telemetry|config|errors)/" },
    },
    {
      name: "technologies-are-strangers",
      severity: "error",
      from: { path: "^src/platform/(grpc|postgres|kafka|s3|http|process)/", pathNot: "\\.test\\.ts$" },
      to: {
        path: "^src/platform/(grpc|postgres|kafka|s3|http|process|outbox)/",
        pathNot: "^src/platform/$1/",
      },
    },
    {
      name: "testing-is-for-tests",
      severity: "error",
      from: { path: "^src/", pathNot: "(\\.test\\.ts$|^src/platform/testing/|/testing/|^src/e2e/)" },
      to: { path: "(^src/platform/testing/|^src/[^.]+/testing/)" },
    },
    {
      name: "order-is-pure",
      severity: "error",
      from: { path: "^src/order/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(src/|node:)", pathNot: "^src/(order|gen)/" },
    },
    {
      name: "baton-knows-no-service",
      severity: "error",
      from: { path: "^src/baton/" },
      to: { path: "^src/(services|stack|web|tools|e2e)/" },
    },
    ...["shop", "crm", "mes", "pricing", "products", "payments", "gateway", "exporter"].map((name) => ({
      name: `${name}-imports-no-other-service`,
      severity: "error",
      // Tests may run a neighbour for real, which beats a fake of it.
      from: { path: service(name), pathNot: "(\\.test\\.ts$|/testing/)" },
      to: { path: "^src/services/", pathNot: service(name) },
    })),
    {
      name: "domain-is-pure",
      severity: "error",
      from: { path: "^src/services/[^/]+/domain/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/(platform/(?!errors)|baton|services/[^/]+/(store|grpc|http|events)/)" },
    },
    {
      name: "stack-knows-no-service",
      severity: "error",
      from: { path: "^src/stack/" },
      to: { path: "^src/(services|baton|order|web|e2e)/" },
    },
    {
      name: "checker-looks-from-outside",
      severity: "error",
      from: { path: "^src/checker/", pathNot: "(\\.test\\.ts$|/testing/)" },
      to: { path: "^src/(services|baton|web|e2e)/" },
    },
    {
      name: "e2e-uses-public-doors",
      severity: "error",
      from: { path: "^src/e2e/" },
      to: { path: "^src/(services|baton|web)/" },
    },
    {
      name: "kafkajs-behind-its-port",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(platform/(kafka|testing)|stack)/" },
      to: { path: "node_modules/kafkajs" },
    },
    {
      name: "prom-client-behind-telemetry",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(platform/telemetry|bench)/" },
      to: { path: "node_modules/prom-client" },
    },
    {
      name: "pg-behind-its-port",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(platform/(postgres|testing)|stack|tools|bench)/" },
      to: { path: "node_modules/pg/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["require", "node", "default"] },
  },
};
