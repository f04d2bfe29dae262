export { SettingsLayout } from "./components/SettingsLayout";
