export { LOCALES } from "./model";
