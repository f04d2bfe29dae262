/** What the router loads for the views. */
export { ListPage as ViewPage } from "./components/ListPage";
export { SplitPage as SplitTicketPage } from "./components/SplitPage";
