export { ViewsNav } from "./components/ViewsNav";
