import type { Variable } from "./variable";

/** Variables, nested as the configuration object is to be nested. */
export type ConfigShape = { readonly [key: string]: Variable<unknown> | ConfigShape };

/** The configuration that a shape yields. */
export type ConfigOf<S> = S extends Variable<infer T> ? T : { [K in keyof S]: ConfigOf<S[K]> };

/** One fault of one variable. */
export type ConfigFault = { name: string; fault: string; hint: string };

/** All faults of a configuration at once: name, what is wrong, what to do. Holds no secret's value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ name, fault, hint }) => `  ${name}: ${fault}. ${hint}`);
    super(`${faults.length} configuration fault${faults.length === 1 ? "" : "s"}:\n${lines.join("\n")}`);
    this.faults = faults;
  }
}

/** Reads a configuration from the environment; carries its shape for printing and documentation. */
export type ConfigLoader<S extends ConfigShape> = ((env: NodeJS.ProcessEnv) => ConfigOf<S>) & {
  readonly shape: S;
};

/**
 * Makes a loader of a shape. The loader throws one ConfigError that lists every fault; a variable that appears twice in the
 * shape is reported once.
 */
export function defineConfig<const S extends ConfigShape>(shape: S): ConfigLoader<S> {
  const load = (env: NodeJS.ProcessEnv): ConfigOf<S> => {
    const faults = new Map<string, ConfigFault>();
    const config = read(shape, env, faults);
    if (faults.size > 0) throw new ConfigError([...faults.values()]);
    return config as ConfigOf<S>;
  };
  return Object.assign(load, { shape });
}

function read(
  shape: ConfigShape,
  env: NodeJS.ProcessEnv,
  faults: Map<string, ConfigFault>,
): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(shape)) {
    config[key] = isVariable(entry) ? readVariable(entry, env, faults) : read(entry, env, faults);
  }
  return config;
}

function readVariable(
  variable: Variable<unknown>,
  env: NodeJS.ProcessEnv,
  faults: Map<string, ConfigFault>,
): unknown {
  const { name, description, fallback, secret, schema } = variable;
  const given = env[name];
  const value = given === undefined || given === "" ? fallback : given;
  if (value === undefined) {
    faults.set(name, { name, fault: "is not set", hint: `Set it to ${description}` });
    return undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // zod's own texts may quote what they got, so a secret gets a fixed one.
  const fault = secret
    ? "has an unusable value (not shown, it is a secret)"
    : `${result.error.issues.map((issue) => issue.message).join(", ")}, but is ${JSON.stringify(value)}`;
  faults.set(name, { name, fault, hint: `It is ${description}` });
  return undefined;
}

/** The effective environment of a shape as text pairs, secrets replaced by `***`; for a start-up log line. */
export function printableConfig(shape: ConfigShape, env: NodeJS.ProcessEnv): Record<string, string> {
  const printable: Record<string, string> = {};
  for (const entry of Object.values(shape)) {
    if (!isVariable(entry)) {
      Object.assign(printable, printableConfig(entry, env));
      continue;
    }
    const value = env[entry.name] || entry.fallback || "";
    printable[entry.name] =
      entry.secret && value !== "" ? "***" : value.replace(/(\/\/[^:/@\s]+:)[^@\s]+@/, "$1***@");
  }
  return printable;
}

function isVariable(entry: Variable<unknown> | ConfigShape): entry is Variable<unknown> {
  return entry.kind === "variable";
}
