import { disksIn, memoryIn, mountOf, processIn, processorsIn } from "./proc";

test("processors are told apart, in seconds by mode", () => {
  const stat =
    "cpu  300 0 100 600 50 0 0 0 0 0\ncpu0 200 0 50 300 50 0 0 0 0 0\ncpu1 100 0 50 300 0 0 0 0 0 0\nintr 1\n";
  const found = processorsIn(stat);
  expect(found).toHaveLength(16);
  expect(found).toContainEqual({ cpu: "0", mode: "user", seconds: 2 });
  expect(found).toContainEqual({ cpu: "1", mode: "idle", seconds: 3 });
});

test("memory is in bytes", () => {
  expect(memoryIn("MemTotal:  16 kB\nMemFree: 1 kB\nMemAvailable:   8 kB\n")).toEqual({
    total: 16_384,
    available: 8_192,
  });
});

test("disks are told of, their partitions and what is none are not", () => {
  const line = (name: string) => `   8       0 ${name} 5 0 8 30 7 0 16 40 0 2500 70 0 0 0 0`;
  const found = disksIn(["sda", "sda1", "loop0", "nvme0n1", "nvme0n1p2"].map(line).join("\n"));
  expect(found.map(({ device }) => device)).toEqual(["sda", "nvme0n1"]);
  expect(found[0]).toEqual({ device: "sda", readBytes: 4_096, writtenBytes: 8_192, busySeconds: 2.5 });
});

test("a folder is on the mount whose point is nearest above it", () => {
  const mounts = [
    "22 1 8:1 / / rw - ext4 /dev/root rw",
    "23 22 8:2 / /data rw shared:1 - xfs /dev/sdb rw",
    "24 22 8:3 / /database rw - btrfs /dev/sdc rw",
  ].join("\n");
  expect(mountOf(mounts, "/data/postgres")).toEqual({
    device: "/dev/sdb",
    fstype: "xfs",
    mountpoint: "/data",
  });
  expect(mountOf(mounts, "/dat")).toMatchObject({ mountpoint: "/" });
});

test("a process whose name holds parentheses is read all the same", () => {
  const fields = [
    "S",
    "7",
    ...Array.from({ length: 9 }, () => "0"),
    "150",
    "50",
    ...Array.from({ length: 6 }, () => "0"),
    "9876",
  ];
  expect(processIn(`42 (a) (b) ${fields.join(" ")}`)).toEqual({
    parent: 7,
    started: "9876",
    user: 1.5,
    system: 0.5,
  });
});
