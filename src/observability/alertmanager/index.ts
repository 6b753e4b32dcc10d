export { renderAlertmanager, type AlertmanagerOptions, type Links } from "./render-config";
export { readTelegram, standIn, type TelegramSettings } from "./telegram-settings";
export { writeAlertmanager } from "./write-config";
