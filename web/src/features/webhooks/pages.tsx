export { WebhooksPage } from "./components/WebhooksPage";
export { WebhookLogPage } from "./components/WebhookLogPage";
