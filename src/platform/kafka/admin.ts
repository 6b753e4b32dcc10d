import type { Admin, Kafka as KafkaJs } from "kafkajs";
import { asKafkaError } from "./errors";

/** One administrative connection, opened at first use and given up after a failure. */
export class AdminConnection {
  readonly #client: KafkaJs;
  #admin: Promise<Admin> | undefined;

  constructor(client: KafkaJs) {
    this.#client = client;
  }

  async use<T>(fn: (admin: Admin) => Promise<T>): Promise<T> {
    const pending = (this.#admin ??= this.#connect());
    try {
      return await fn(await pending);
    } catch (error) {
      if (this.#admin === pending) this.#admin = undefined;
      void pending.then((admin) => admin.disconnect()).catch(() => undefined);
      throw asKafkaError(error);
    }
  }

  async close(): Promise<void> {
    const admin = await this.#admin?.catch(() => undefined);
    this.#admin = undefined;
    await admin?.disconnect();
  }

  async #connect(): Promise<Admin> {
    const admin = this.#client.admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      void admin.disconnect().catch(() => undefined);
      throw error;
    }
  }
}
