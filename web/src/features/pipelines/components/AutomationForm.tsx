import { Picker, Switch, toastError } from "@/ui";
import { useChangePipeline, type Automation, type Pipeline, type Trigger } from "../api";
import { useT } from "../messages";
import classes from "./Pipelines.module.css";

export function AutomationForm({ pipeline }: { pipeline: Pipeline }) {
  const t = useT();
  const change = useChangePipeline();
  const set = (name: keyof Automation, trigger: Partial<Trigger>) => {
    const automation = { ...pipeline.automation, [name]: { ...pipeline.automation[name], ...trigger } };
    change.mutate({ id: pipeline.id, automation }, { onError: toastError });
  };
  const choices = pipeline.stages.map((s) => ({ value: s.id, label: s.label }));
  return (
    <div>
      {(["emailSent", "customerReplies"] as const).map((name) => {
        const trigger = pipeline.automation[name];
        return (
          <div key={name} className={classes.trigger}>
            <Switch label={t(name)} checked={trigger.on} onChange={(on) => set(name, { on, stageId: trigger.stageId || (choices[0]?.value ?? "") })} />
            <div className={classes.target}>
              {t("target")}
              <div style={{ width: 200 }}>
                <Picker label={`${t(name)}: ${t("target")}`} choices={choices} value={trigger.stageId || null} disabled={!trigger.on} onChange={(stageId) => set(name, { stageId })} />
              </div>
            </div>
          </div>
        );
      })}
    </div>
  );
}
