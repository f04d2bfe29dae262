/** What the router loads for contacts. */
export { ContactPage } from "./components/ContactPage";
export { ContactsPage } from "./components/ContactsPage";
