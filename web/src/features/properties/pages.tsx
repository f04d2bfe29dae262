export { PropertiesPage } from "./components/PropertiesPage";
