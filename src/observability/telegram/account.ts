/** Who sends, and to which chat. */
export type TelegramAccount = { token: string; chatId: string };

/** The bot and the chat that the stand-in knows. They open nothing but the stand-in, on this machine. */
export const standInAccount: TelegramAccount = {
  token: "1:stand-in-for-telegram-on-this-machine",
  chatId: "1",
};
