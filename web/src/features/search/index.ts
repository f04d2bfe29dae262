export { Palette } from "./components/Palette";
export { ShortcutHelp } from "./components/ShortcutHelp";
