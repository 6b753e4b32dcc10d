import { createSchedule, faultKinds, linkNames, services } from ".";

const seeds = [1, 2, 3, 17, 4_711, 20_260_101];
const countBy = (items: readonly string[]): Map<string, number> =>
  items.reduce((counts, item) => counts.set(item, (counts.get(item) ?? 0) + 1), new Map<string, number>());

test("the same seed gives the same schedule, to the millisecond", () => {
  for (const seed of seeds) expect(createSchedule(seed, 30)).toEqual(createSchedule(seed, 30));
});

test("two seeds give two schedules", () => {
  const written = seeds.map((seed) => JSON.stringify(createSchedule(seed, 30)));
  expect(new Set(written).size).toBe(seeds.length);
});

test("a shorter run is the beginning of a longer one", () => {
  expect(createSchedule(7, 300).slice(0, 30)).toEqual(createSchedule(7, 30));
});

test("any 30 cycles hold every kind of fault", () => {
  for (const seed of seeds) {
    const cycles = createSchedule(seed, 120);
    for (let from = 0; from + 30 <= cycles.length; from++) {
      const kinds = cycles.slice(from, from + 30).flatMap(({ faults }) => faults.map(({ kind }) => kind));
      expect([...new Set(kinds)].sort()).toEqual([...faultKinds].sort());
    }
  }
});

test("the first 30 cycles kill and freeze every process, and spoil every link", () => {
  for (const seed of seeds) {
    const faults = createSchedule(seed, 30).flatMap((cycle) => cycle.faults);
    const targetsOf = (...kinds: string[]): string[] =>
      faults.filter(({ kind }) => kinds.includes(kind)).map(({ target }) => target);
    expect([...new Set(targetsOf("kill"))].sort()).toEqual([...services].sort());
    expect([...new Set(targetsOf("freeze"))]).toEqual(
      expect.arrayContaining([...services, "postgres", "kafka", "s3"]),
    );
    expect([...new Set(targetsOf("latency", "reset", "black-hole"))].sort()).toEqual([...linkNames].sort());
  }
});

test("a cycle has its number of faults, and does one thing to a process at a time", () => {
  for (const { faults } of createSchedule(5, 300)) {
    expect(faults).toHaveLength(5);
    const onProcesses = faults.filter(({ kind }) =>
      ["kill", "freeze", "oversleep", "clock", "roll"].includes(kind),
    );
    expect(Math.max(...countBy(onProcesses.map(({ target }) => target)).values(), 1)).toBe(1);
    expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
  }
});

test("no two faults of a cycle spoil the same link, however they are called", () => {
  const spoils = ({ kind, target }: { kind: string; target: string }, link: string): boolean =>
    target === link ||
    (kind === "oversleep" && target === "pricing" && link === "pricing>s3") ||
    (kind === "s3-failing" && target !== "killed" && link.endsWith(">s3"));
  const twice = seeds.flatMap((seed) =>
    createSchedule(seed, 120).flatMap(({ number, faults }) =>
      linkNames
        .filter((link) => faults.filter((fault) => spoils(fault, link)).length > 1)
        .map((link) => `seed ${seed}, cycle ${number}: ${link}`),
    ),
  );
  expect(twice).toEqual([]);
});
