export { settingsFor, type SettingsEntry, type SettingsGroup } from "./model";
export { t as settingsText } from "./messages";
