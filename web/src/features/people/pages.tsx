export { TeamsPage } from "./components/TeamsPage";
export { UsersPage } from "./components/UsersPage";
