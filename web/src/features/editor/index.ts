/** The reply editor. Itself it is loaded when it is first wanted; what stands here is small. */
import { lazy } from "react";

const load = () => import("./components/Editor");

export const Editor = lazy(load);
export const preloadEditor = (): void => void load();
export { draftsQuery } from "./api";
export { replyAll } from "./recipients";
export type { EditorProps, Outgoing, WriteKind } from "./types";
