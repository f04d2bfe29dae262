export { timeZones } from "./model";
