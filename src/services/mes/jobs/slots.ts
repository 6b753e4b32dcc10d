type LeasedJob = { jobId: string; fence: bigint };

/**
 * A worker's free slots as MES sees them. What the worker says was true when it said it: leases that were on their way then are not in its count. A worker reports on a job before it speaks of
 * its slots again, so a lease counts as under way until the first report about it.
 */
export class Slots {
  readonly #underWay = new Map<string, LeasedJob>();
  #free = 0;
  #all = 0;

  /** Slots in all, busy ones included. */
  get all(): number {
    return this.#all;
  }

  get free(): number {
    return this.#free;
  }

  /** Leases that the worker has not spoken of. */
  get underWay(): LeasedJob[] {
    return [...this.#underWay.values()];
  }

  /** A worker that tells of no slots in all has as many as it ever had free. */
  said(free: number, all: number): void {
    this.#all = Math.max(all, free, all === 0 ? this.#all : 0);
    this.#free = free - this.#underWay.size;
  }

  leased(job: LeasedJob): void {
    this.#underWay.set(nameOf(job), job);
    this.#free -= 1;
  }

  heard(job: LeasedJob): void {
    this.#underWay.delete(nameOf(job));
  }
}

function nameOf({ jobId, fence }: LeasedJob): string {
  return `${jobId}/${fence}`;
}
