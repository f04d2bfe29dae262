import { Button, Progress, toastError } from "@/ui";
import { useStopClearing, type Pipeline } from "../api";
import { useT } from "../messages";
import classes from "./Pipelines.module.css";

/** How far tickets have been taken out of a pipeline or a status that is to go, with a way to stop it (PIPE-3, STAT-3). */
export function ClearingNote({ pipeline }: { pipeline: Pipeline }) {
  const t = useT();
  const stop = useStopClearing();
  const clearing = pipeline.clearing;
  if (!clearing) return null;
  const done = Math.min(clearing.done, clearing.total);
  return (
    <div className={classes.clearing}>
      {!clearing.problem && <Progress label={t("clearing")} max={clearing.total} value={done} />}
      <span role="status">{clearing.problem ? t("clearingProblem", { problem: clearing.problem }) : t("clearingDone", { done, total: clearing.total })}</span>
      <Button size="small" kind="quiet" busy={stop.isPending} onClick={() => stop.mutate(pipeline.id, { onError: toastError })}>{clearing.problem ? t("clearingLeave") : t("clearingStop")}</Button>
    </div>
  );
}
