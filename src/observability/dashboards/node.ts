import { highest, orNone, quantile, rate, selector, total } from "./expressions";
import { dashboard, lines, number, row } from "./panels";

const chosen = 'service=~"$service"';
const each = ["service", "instance"];
const all = `job="alexandrite",${chosen}`;
const idle = 'mode=~"idle|iowait"';

export const node = dashboard(
  "node",
  "Processes and host",
  "Is it the processor, the memory, the disk or the event loop?",
  [
    row("Host", [
      number(
        "Processor busy",
        "percentunit",
        "Share of all processors that is not idle.",
        `1 - sum(rate(node_cpu_seconds_total{${idle}}[$__rate_interval])) / sum(rate(node_cpu_seconds_total[$__rate_interval]))`,
        { bounds: [0.8, 0.95] },
      ),
      number(
        "Load by processor",
        "short",
        "Processes that run or wait to run, by processor.",
        'max(node_load1) / count(count by (cpu) (node_cpu_seconds_total{mode="idle"}))',
        { bounds: [1, 2] },
      ),
      number(
        "Memory left",
        "bytes",
        "What can still be had without swapping.",
        "min(node_memory_MemAvailable_bytes)",
      ),
      number(
        "Memory in use",
        "percentunit",
        "Share of the machine's memory.",
        "1 - min(node_memory_MemAvailable_bytes) / max(node_memory_MemTotal_bytes)",
        { bounds: [0.8, 0.9] },
      ),
      number(
        "Disk left",
        "bytes",
        "On the file system of the system's data.",
        "min(node_filesystem_avail_bytes)",
      ),
      number(
        "Disk in use",
        "percentunit",
        "Share of the file system of the system's data.",
        "1 - min(node_filesystem_avail_bytes) / max(node_filesystem_size_bytes)",
        { bounds: [0.8, 0.9] },
      ),
      lines(
        "Processor by mode",
        "percentunit",
        "Share of all processors.",
        {
          "{{mode}}":
            'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval])) / on () group_left () sum(rate(node_cpu_seconds_total[$__rate_interval]))',
        },
        { max: 1 },
      ),
      lines("Disk traffic", "Bps", "By disk.", {
        "{{device}} read": rate("node_disk_read_bytes_total", ["device"]),
        "{{device}} written": rate("node_disk_written_bytes_total", ["device"]),
      }),
      lines(
        "Disk busy",
        "percentunit",
        "Share of the time that a disk was busy.",
        { "{{device}}": rate("node_disk_io_time_seconds_total", ["device"]) },
        { max: 1 },
      ),
    ]),
    row("Processes", [
      lines("CPU by process", "percentunit", "Share of one processor.", {
        "{{service}} {{instance}}": rate("process_cpu_seconds_total", each, all),
      }),
      lines("Resident memory", "bytes", "By process.", {
        "{{service}} {{instance}}": total("process_resident_memory_bytes", each, all),
      }),
      lines("Disk I/O by process", "Bps", "Bytes that the kernel read and wrote for a process.", {
        "{{service}} read": rate("process_disk_read_bytes_total", ["service"], all),
        "{{service}} written": rate("process_disk_written_bytes_total", ["service"], all),
      }),
      lines("Open files", "percentunit", "Share of the files and connections that a process may have open.", {
        "{{service}} {{instance}}": `${total("process_open_fds", each, all)} / ${total("process_max_fds", each, all)}`,
      }),
      lines("Restarts", "short", "Starts of each service's processes in the range shown.", {
        "{{service}}": `sum by (service) (changes(${selector("process_start_time_seconds", all)}[$__range]))`,
      }),
      lines(
        "Child processes",
        "short",
        "That run now, and that ended in another way than well in the range shown.",
        {
          "{{program}} running": total("child_process_in_flight", ["program"]),
          "{{program}} {{outcome}}": orNone(
            "outcome",
            'sum by (program, outcome) (increase(child_process_handled_total{outcome!="ok"}[$__range]))',
          ),
        },
      ),
    ]),
    row("Node.js", [
      lines(
        "Event loop delay, 99 of 100",
        "s",
        "How late timers fire; from 0.1 s on calls suffer.",
        { "{{service}} {{instance}}": selector("nodejs_eventloop_lag_p99_seconds", chosen) },
        { bounds: [0.1] },
      ),
      lines("Heap in use", "bytes", "Of V8's heap.", {
        "{{service}} {{instance}}": total("nodejs_heap_size_used_bytes", each, chosen),
      }),
      lines("Memory outside the heap", "bytes", "Buffers and what native code holds.", {
        "{{service}} {{instance}}": total("nodejs_external_memory_bytes", each, chosen),
      }),
      lines("Collecting garbage", "percentunit", "Share of the time, by process.", {
        "{{service}}": rate("nodejs_gc_duration_seconds_sum", ["service"], chosen),
      }),
      lines("Longest collections, 99 of 100", "s", "99 of 100 collections were shorter, by kind.", {
        "{{kind}}": quantile(0.99, "nodejs_gc_duration_seconds", ["kind"], chosen),
      }),
      lines("What keeps the loop alive", "short", "Handles and requests that are open.", {
        "{{service}}": total("nodejs_active_resources_total", ["service"], chosen),
      }),
    ]),
    row("Servers beside the services", [
      lines(
        "CPU of servers",
        "percentunit",
        "Postgres, Kafka, the object store and the telemetry's, where they run as processes of this machine.",
        {
          "{{groupname}}": rate("namedprocess_namegroup_cpu_seconds_total", ["groupname"]),
        },
      ),
      lines("Memory of servers", "bytes", "What several processes share counts once.", {
        "{{groupname}}": highest(
          "namedprocess_namegroup_memory_bytes",
          ["groupname"],
          'memtype="proportionalResident"',
        ),
      }),
      lines("Disk I/O of servers", "Bps", "Bytes read and written.", {
        "{{groupname}} read": rate("namedprocess_namegroup_read_bytes_total", ["groupname"]),
        "{{groupname}} written": rate("namedprocess_namegroup_write_bytes_total", ["groupname"]),
      }),
    ]),
  ],
  {
    variables: [
      { name: "service", label: "Service", from: { metric: 'up{job="alexandrite"}', label: "service" } },
    ],
  },
);
