export { AppsPage } from "./components/AppsPage";
export { ConsentPage } from "./components/ConsentPage";
