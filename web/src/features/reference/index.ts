export { readReferenceSearch } from "./model";
