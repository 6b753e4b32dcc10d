import type { Breach, Invariant } from "./invariant";

/** Who asks the same gets the same price, from the one result that was accepted. */
export const onePricePerJob: Invariant = {
  name: "one-price-per-job",
  promises: "All orders that were priced by a job have its one price.",
  needs: ["services", "pricing"],
  check({ evidence, eventsOf }) {
    const { jobs, attachments } = evidence.pricing!;
    const byId = new Map(jobs.map((job) => [job.jobId, job]));
    return attachments.flatMap(({ orderId, version, jobId }): Breach[] => {
      const priced = eventsOf(orderId).find(
        (event) => event.version === version + 1 && event.status === "PRICED",
      );
      const job = byId.get(jobId);
      if (!priced || !job) return [];
      const where = `job ${jobId}`;
      const found = `v${priced.version} at ${priced.price?.unitMinor} a piece`;
      if (job.state !== "done")
        return [{ about: orderId, where, found, expected: `no price of a job that is ${job.state}` }];
      if (priced.price?.unitMinor === job.unitMinor) return [];
      return [{ about: orderId, where, found, expected: `${job.unitMinor}, the job's result` }];
    });
  },
};
