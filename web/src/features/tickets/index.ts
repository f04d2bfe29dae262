/** What other features may use of tickets. */
export { deleteLater, isDoomed, refreshLists } from "./changes";
export { CreateTicketHost } from "./components/CreateTicketHost";
export { openCreateTicket } from "./create";
export { PriorityIcon, StageIcon } from "./components/Icons";
export { TicketPane } from "./components/TicketPane";
export { PropertyField } from "./components/PropertyField";
export { propertiesQuery, useDirectory, type Directory } from "./directory";
export { contactName, rowAge } from "./display";
export { closingStage } from "./patch";
export { prefetchTicket } from "./queries";
export type { Property, Row } from "./types";
