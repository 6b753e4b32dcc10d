import type { Migration } from "../../../platform/postgres";

/** How many bytes of models each customer and partner has uploaded on a day, for the bound on it. */
export const uploadDayMigration: Migration = {
  name: "mes-0008-upload-day",
  sql: `
    CREATE TABLE upload_day (
      tenant text NOT NULL,
      day date NOT NULL,
      bytes bigint NOT NULL CHECK (bytes >= 0),
      PRIMARY KEY (tenant, day)
    );
  `,
};
