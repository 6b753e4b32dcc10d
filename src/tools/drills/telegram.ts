import type { Settings } from "../../stack/settings";

/** A message as the Telegram stand-in has received it. */
export type TelegramMessage = { message_id: number; date: number; text: string };

/** Messages after an id, the oldest first. */
export async function readMessages({ ports }: Settings, after: number): Promise<TelegramMessage[]> {
  const { messages } = await read<{ messages: TelegramMessage[] }>(
    `http://127.0.0.1:${ports.telegram}/messages?after=${after}&limit=1000`,
  );
  return messages;
}

/** The newest message's id, 0 without one. */
export async function lastMessageId(settings: Settings): Promise<number> {
  return (await readMessages(settings, 0)).at(-1)?.message_id ?? 0;
}

export type ActiveAlert = { labels: Record<string, string>; status: { state: string } };

/** Alerts that Alertmanager holds to be firing, muted ones included, and those that mute others for a while after a fault; not the Watchdog, nor what mutes budgets alone. */
export async function activeAlerts({ ports }: Settings): Promise<ActiveAlert[]> {
  const url = `http://127.0.0.1:${ports.alertmanager}/api/v2/alerts?active=true&inhibited=true&silenced=true`;
  return (await read<ActiveAlert[]>(url)).filter(
    ({ labels }) => labels["alertname"] !== "Watchdog" && labels["memory"] !== "budget",
  );
}

async function read<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return (await answer.json()) as T;
}
