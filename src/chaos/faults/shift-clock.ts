/** Loaded with `node --require` into a process whose clock is to be off by CHAOS_CLOCK_SHIFT_MS milliseconds. */
import { shiftedDate } from "./shifted-date";

globalThis.Date = shiftedDate(Number(process.env["CHAOS_CLOCK_SHIFT_MS"] ?? 0));
