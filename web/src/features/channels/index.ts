export { channelsQuery, type Channel } from "./api";
