export { pipelinesQuery, type Pipeline, type Stage } from "./api";
