export { readRequest } from "./model";
