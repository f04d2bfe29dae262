export { teamsQuery, usersQuery, type Team, type User } from "./api";
