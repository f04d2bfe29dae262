export { Bell } from "./components/Bell";
