/** What has to be put right again. Steps are added before what they undo is done, and run in reverse, each once. */
export class Undo {
  readonly #steps: { what: string; run: () => Promise<unknown> }[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  add(what: string, run: () => Promise<unknown>): void {
    this.#steps.push({ what, run });
  }

  /** Runs all that is left; a step that fails is told and does not hold up the others. Resolves with what could not be undone. */
  async run(): Promise<string[]> {
    const failed: string[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.run();
      } catch (error) {
        failed.push(step.what);
        this.#say(`Could not ${step.what}: ${(error as Error).message}`);
      }
    }
    return failed;
  }
}
