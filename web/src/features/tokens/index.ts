export { ScopeChoice } from "./components/ScopeChoice";
export { summary as scopeSummary, type Scope } from "./model";
