import { Button } from "@/ui";
import { useT } from "../messages";
import type { Sending } from "../sending";
import classes from "./Editor.module.css";

interface Props {
  state: Sending;
  problem: string | undefined;
  onAgain: () => void;
  onAnyway: () => void;
  onKeep: () => void;
}

/** Why it is not sent, and what to do about it: beside the button, with the text untouched. */
export function SendNote({ state, problem, onAgain, onAnyway, onKeep }: Props) {
  const t = useT();
  if (problem) return <p className={classes.problem} role="alert">{problem}</p>;
  if (state.step === "crossed") {
    return (
      <div className={classes.crossed} role="alert">
        <p>{t("crossed")}</p>
        <Button size="small" onClick={onKeep}>{t("keepWriting")}</Button>
        <Button size="small" kind="primary" onClick={onAnyway}>{t("sendAnyway")}</Button>
      </div>
    );
  }
  if (state.step === "failed") {
    return (
      <div className={classes.failed} role="alert">
        <p><strong>{t("notSent")}.</strong> {state.message}</p>
        <Button size="small" onClick={onAgain}>{t("sendAgain")}</Button>
      </div>
    );
  }
  return null;
}
