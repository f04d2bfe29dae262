import { Skeleton } from "@/ui";
import classes from "./Table.module.css";

/** Grey rows of the true height while the first answer is on its way. */
export function SkeletonRows({ height }: { height: number }) {
  return (
    <div aria-hidden>
      {Array.from({ length: 12 }, (_, i) => (
        <div key={i} className={classes.ghost} style={{ height }}>
          <Skeleton width={16} height={16} />
          <Skeleton width={110} height={12} />
          <Skeleton width={`${30 + ((i * 17) % 40)}%`} height={12} />
        </div>
      ))}
    </div>
  );
}
