import type { ReactNode } from "react";
import { cx } from "@/ui";
import classes from "./Session.module.css";

/** The one sheet of the pages outside the shell. */
export function Card({ wide, step, children }: { wide?: boolean; step?: string; children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={cx(classes.card, wide && classes.wide)}>
        <div className={classes.brand}>
          <img src="/favicon.svg" width={24} height={24} alt="" />
          Deskbell
          {step && <span className={classes.step}>{step}</span>}
        </div>
        {children}
      </div>
    </main>
  );
}
