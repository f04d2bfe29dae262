import { keyNames } from "@/lib/keyboard";
import classes from "./Bits.module.css";

/** Keys as drawn on a keyboard: <Kbd keys="g i" />, <Kbd keys="mod+k" />. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className={classes.keys}>
      {keyNames(keys).map((step, i) => (
        <span key={i} className={classes.step}>
          {step.map((name) => <kbd key={name} className={classes.kbd}>{name}</kbd>)}
        </span>
      ))}
    </span>
  );
}
