/** Says after how many seconds a message may be sent again; 0 = now. */
export type Limits = { take(chatId: string): number };

/**
 * Telegram's bounds for bots (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this): 30 messages a second over all chats, about one
 * a second to a chat with short bursts allowed, here 20, and 20 a minute to a group (a negative id).
 */
export function createLimits(now: () => number = Date.now): Limits {
  const all = createBucket(30, 30, now);
  const chats = new Map<string, Bucket>();
  return {
    take(chatId) {
      const chat = chats.get(chatId) ?? createBucket(20, chatId.startsWith("-") ? 20 / 60 : 1, now);
      chats.set(chatId, chat);
      const wait = Math.max(all.waitSeconds(), chat.waitSeconds());
      if (wait > 0) return Math.ceil(wait);
      all.take();
      chat.take();
      return 0;
    },
  };
}

type Bucket = { waitSeconds(): number; take(): void };

function createBucket(burst: number, perSecond: number, now: () => number): Bucket {
  let tokens = burst;
  let filledAt = now();
  const fill = (): void => {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1_000) * perSecond);
    filledAt = at;
  };
  return {
    waitSeconds() {
      fill();
      return tokens >= 1 ? 0 : (1 - tokens) / perSecond;
    },
    take() {
      tokens -= 1;
    },
  };
}
