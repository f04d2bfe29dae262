export { AttentionPage } from "./components/AttentionPage";
