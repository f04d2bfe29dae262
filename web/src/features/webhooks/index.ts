export type { Hook } from "./model";
