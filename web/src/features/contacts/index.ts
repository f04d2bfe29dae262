export { readSearch } from "./model";
