export { deadJobsQuery, heldQuery } from "./api";
