export { PipelinePage } from "./components/PipelinePage";
export { PipelinesPage } from "./components/PipelinesPage";
