import type { Settings } from "../../stack/settings";
import { createToolHost } from "../tool-host";
import { persist } from "../demo/persist";
import { signInPeople } from "./people";
import { runDrill } from "./run-drill";
import type { Drill, DrillResult } from "./types";
import type { Undo } from "./undo";

/** Plays drills one after another. Everybody signs in anew for each: tokens do not last as long as all drills together. */
export async function playDrills(
  drills: readonly Drill[],
  settings: Settings,
  say: (line: string) => void,
  undos: Set<Undo>,
): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  for (const drill of drills) {
    const control = createToolHost("drills");
    try {
      const people = await persist(
        () => signInPeople(control.host, settings),
        () => true,
      );
      results.push(await runDrill(drill, { settings, people, say }, undos));
    } catch (error) {
      const why = (error as Error).message;
      say(`${drill.name} FAILED: ${why}`);
      results.push({ name: drill.name, alert: drill.alert, passed: false, why });
    } finally {
      await control.stop(5_000);
    }
  }
  return results;
}
