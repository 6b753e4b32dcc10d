import {
  address,
  addresses,
  ConfigError,
  defineConfig,
  flag,
  httpUrl,
  integer,
  oneOf,
  optionalAddress,
  printableConfig,
  text,
  variable,
} from ".";

const load = defineConfig({
  database: { url: variable("DATABASE_URL", httpUrl, { secret: true, description: "the database" }) },
  crm: variable("CRM_ADDRESS", address, { default: "127.0.0.1:50052", description: "where CRM listens" }),
  brokers: variable("KAFKA_BROKERS", addresses, { default: "a:1,b:2", description: "the brokers" }),
  pool: variable("POOL", integer(1, 50), { default: 10, description: "connections" }),
  debug: variable("DEBUG", flag, { default: false, description: "chatter" }),
  level: variable("LEVEL", oneOf("low", "high"), { default: "low", description: "the level" }),
  gelf: variable("GELF", optionalAddress, { default: "", description: "Graylog" }),
  name: variable("NAME", text, { description: "the name" }),
});

test("values arrive typed and nested, empty ones take the default", () => {
  const config = load({ DATABASE_URL: "http://db/x/", NAME: "n", POOL: "7", DEBUG: "yes", CRM_ADDRESS: "" });
  expect(config).toEqual({
    database: { url: "http://db/x" },
    crm: "127.0.0.1:50052",
    brokers: ["a:1", "b:2"],
    pool: 7,
    debug: true,
    level: "low",
    gelf: "",
    name: "n",
  });
  const pool: number = config.pool;
  expect(pool).toBe(7);
});

test("all faults come in one error that says what to do and shows no secret", () => {
  const env = {
    DATABASE_URL: "hunter2",
    POOL: "51",
    LEVEL: "middle",
    CRM_ADDRESS: "crm:99999",
    DEBUG: "maybe",
  };
  const error = faultOf(env);
  expect(error.faults.map(({ name }) => name).sort()).toEqual([
    "CRM_ADDRESS",
    "DATABASE_URL",
    "DEBUG",
    "LEVEL",
    "NAME",
    "POOL",
  ]);
  expect(error.message).toContain("6 configuration faults");
  expect(error.message).toContain('POOL: must be from 1 to 50, but is "51". It is connections');
  expect(error.message).toContain("NAME: is not set. Set it to the name");
  expect(error.message).toContain("must be one of low, high");
  expect(JSON.stringify(error.faults) + error.message).not.toContain("hunter2");
});

test("a printed configuration hides secrets and passwords in URLs", () => {
  const shape = {
    key: variable("KEY", text, { secret: true, description: "k" }),
    nested: { url: variable("URL", text, { default: "postgres://me:pw@host/db", description: "u" }) },
  };
  expect(printableConfig(shape, { KEY: "s3cret" })).toEqual({ KEY: "***", URL: "postgres://me:***@host/db" });
});

function faultOf(env: NodeJS.ProcessEnv): ConfigError {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("expected a ConfigError");
}
