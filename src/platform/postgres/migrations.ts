/** One step of a database's schema. Once released neither its name nor its text may change: add another one. */
export type Migration = { name: string; sql: string };
