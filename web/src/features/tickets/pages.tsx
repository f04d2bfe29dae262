/** What the router loads for tickets. */
export { TicketPage } from "./components/TicketPage";
