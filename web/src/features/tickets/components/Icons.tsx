import { asPriority, stageLook, type Look } from "../display";
import { useT } from "../messages";
import type { Stage } from "../types";
import classes from "./Icons.module.css";

/** A status as a small ring: dashed, half, dotted, ticked. The word beside it carries the meaning. */
export function StageIcon({ stage, stages }: { stage: Stage | undefined; stages: readonly Stage[] }) {
  const look = stageLook(stage, stages);
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" className={classes[look]} aria-hidden>
      {look === "closed" ? (
        <>
          <circle cx="7" cy="7" r="6.25" fill="currentColor" />
          <path d="M4.3 7.2 6.2 9l3.6-4" fill="none" stroke="var(--bg)" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
        </>
      ) : (
        <Ring look={look} />
      )}
    </svg>
  );
}

function Ring({ look }: { look: Look }) {
  return (
    <>
      <circle cx="7" cy="7" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray={look === "new" ? "2.2 1.4" : undefined} />
      {look === "open" && <path d="M7 3.6a3.4 3.4 0 0 1 0 6.8z" fill="currentColor" />}
      {look === "waiting" && <path d="M7 4.2V7l1.8 1.3" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />}
    </>
  );
}

interface PriorityProps {
  priority: string;
  /** With its word. */
  named?: boolean;
  /** Only what is worth a look: high and urgent. */
  loudOnly?: boolean;
}

const BARS = { LOW: 1, MEDIUM: 2, HIGH: 3 } as const;

export function PriorityIcon({ priority, named, loudOnly }: PriorityProps) {
  const t = useT();
  const known = asPriority(priority);
  if (!known || (loudOnly && known !== "URGENT" && known !== "HIGH")) return null;
  const word = t(known.toLowerCase() as "low");
  return (
    <span className={classes.priority} title={named ? undefined : word}>
      <svg width="14" height="14" viewBox="0 0 14 14" className={known === "URGENT" ? classes.urgent : classes.bars} aria-hidden>
        {known === "URGENT" ? (
          <>
            <rect x="0.5" y="0.5" width="13" height="13" rx="3" fill="currentColor" />
            <path d="M7 3.6v4" stroke="var(--bg)" strokeWidth="1.6" strokeLinecap="round" />
            <circle cx="7" cy="10.1" r="0.95" fill="var(--bg)" />
          </>
        ) : (
          [1, 2, 3].map((n) => <rect key={n} x={n * 4 - 3} y={11 - n * 3} width="2.6" height={n * 3 + 1} rx="1" fill="currentColor" opacity={n <= BARS[known] ? 1 : 0.3} />)
        )}
      </svg>
      <span className={named ? "word" : "sr-only"}>{word}</span>
    </span>
  );
}
