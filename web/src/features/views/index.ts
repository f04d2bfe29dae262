export { ViewsNav } from "./components/ViewsNav";
export { readSearch, type ListSearch } from "./filters";
