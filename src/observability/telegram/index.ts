export { standInAccount, type TelegramAccount } from "./account";
export { MessageLog, type Message } from "./message-log";
export { createStandIn, type StandInOptions } from "./stand-in";
