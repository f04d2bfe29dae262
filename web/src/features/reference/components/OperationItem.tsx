import { useState } from "react";
import { cx } from "@/ui";
import { useT } from "../messages";
import { command, sketch, type Body, type Description, type Operation } from "../model";
import classes from "./Reference.module.css";

/** One route: a line, and all of it when opened. */
export function OperationItem({ operation, doc }: { operation: Operation; doc: Description }) {
  const [open, setOpen] = useState(false);
  return (
    <details className={classes.operation} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <span className={cx(classes.method, classes[operation.method])}>{operation.method.toUpperCase()}</span>
        <code className={classes.path}>{operation.paths[0]}</code>
        <span className={classes.summary}>{operation.summary}</span>
      </summary>
      {open && <Whole operation={operation} doc={doc} />}
    </details>
  );
}

const PLACES = ["path", "query", "header", "cookie"] as const;

function Whole({ operation, doc }: { operation: Operation; doc: Description }) {
  const t = useT();
  const others = operation.paths.slice(1);
  const place = (name: string) => { const known = PLACES.find((p) => p === name); return known ? t(known) : name; };
  return (
    <div className={classes.whole}>
      {operation.says && <p>{operation.says}</p>}
      {others.length > 0 && <p className={classes.quiet}>{t("also", { paths: others.join(", ") })}</p>}
      {operation.fields.length > 0 && (
        <>
          <h4>{t("parameters")}</h4>
          <ul className={classes.fields}>
            {operation.fields.map((f) => (
              <li key={f.in + f.name}>
                <code>{f.name}</code> <span className={classes.quiet}>{place(f.in)}, {f.type}</span>
                {f.says && <div>{f.says}</div>}
              </li>
            ))}
          </ul>
        </>
      )}
      {operation.takes && <Shape title={t(operation.takes.kind.includes("form") ? "form" : "takes")} body={operation.takes} doc={doc} />}
      {operation.answers.map((a) => <Shape key={a.status} title={t("answer", { status: a.status })} body={a} doc={doc} />)}
      <h4>{t("ask")}</h4>
      <pre className={classes.code} tabIndex={0}>{command(operation, window.location.origin)}</pre>
    </div>
  );
}

function Shape({ title, body, doc }: { title: string; body: Body; doc: Description }) {
  const t = useT();
  return (
    <>
      <h4>{title}</h4>
      {body.schema ? <pre className={classes.code} tabIndex={0}>{sketch(body.schema, doc.components.schemas)}</pre> : <p className={classes.quiet}>{t("noBody")}</p>}
    </>
  );
}
