export { outboxQuery, type OutboxEntry } from "./api";
