import type { Kafka } from "../../platform/kafka";
import type { Queryable } from "../../platform/postgres";
import type { ObjectStore } from "../../platform/s3";
import type { PerService } from "../names";

/** Where evidence is read. What is left out is not looked at, and what needs it is not checked. */
export type CheckSources = {
  /** Each service's own database. */
  databases: PerService<Queryable>;
  /** `groups`: under which name each service consumes. */
  topic?: { kafka: Kafka; name: string; groups: PerService<string> };
  /** MES's database, where it has the tables of pricing. */
  pricing?: Queryable;
  /** Shop's database with its intents and refunds, and the provider's. */
  payments?: { shop: Queryable; ledger: Queryable };
  /** The models' bucket, and MES's database. */
  objects?: { store: ObjectStore; rows: Queryable };
  /** CRM's database, where it has notes. */
  notes?: Queryable;
};
