import { type Logger, openLog, type LogSink } from ".";

let sink: LogSink;
let lines: { level: string; msg: string }[];

beforeEach(() => {
  lines = [];
  sink = openLog({
    service: "shop",
    instance: "shop-1",
    destination: { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  });
});

test("a level that changes at run time changes that of every logger, whenever it was made", () => {
  const { log } = sink;
  const child = log.child({ db: "shop" });
  const loggers: Logger[] = [
    log,
    child,
    child.child({ table: "orders" }),
    log.child({ with: "options" }, {}),
    log.child({ with: "prefix" }, { msgPrefix: "db: " }),
    log.child({ with: "serializers" }, { serializers: { x: String } }),
  ];
  const heard = () => {
    lines.length = 0;
    for (const logger of loggers) logger.debug("looking");
    for (const logger of loggers) logger.warn("odd");
    return lines.map(({ level }) => level);
  };
  const each = (level: string) => loggers.map(() => level);

  expect(heard()).toEqual(each("warn"));
  sink.setLevel("debug");
  loggers.push(log.child({ made: "later" }));
  expect(heard()).toEqual([...each("debug"), ...each("warn")]);
  expect(loggers.map((logger) => logger.isLevelEnabled("debug"))).toEqual(loggers.map(() => true));
  sink.setLevel("error");
  expect(heard()).toEqual([]);
  expect(loggers.map((logger) => logger.level)).toEqual(each("error"));
  sink.setLevel("info");
  expect(heard()).toEqual(each("warn"));
});

test("a child that asked for a level of its own keeps it", () => {
  const own = sink.log.child({ part: "noisy" }, { level: "error" });
  sink.setLevel("trace");
  own.warn("too quiet");
  own.error("loud enough");
  expect(lines.map(({ msg }) => msg)).toEqual(["loud enough"]);
});

test("a line's time is its millisecond, over the turn of a second too", () => {
  const times = [
    1_789_000_000_007, 1_789_000_000_042, 1_789_000_000_999, 1_789_000_001_000, 1_788_999_999_999,
  ];
  jest.useFakeTimers({ doNotFake: ["performance"] });
  try {
    for (const time of times) {
      jest.setSystemTime(time);
      sink.log.info("tick");
    }
  } finally {
    jest.useRealTimers();
  }
  expect(lines.map((line) => (line as unknown as { time: string }).time)).toEqual(
    times.map((time) => new Date(time).toISOString()),
  );
});
