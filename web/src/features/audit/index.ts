export { readAuditSearch } from "./model";
