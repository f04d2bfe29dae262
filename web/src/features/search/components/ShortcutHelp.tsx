import { useAllShortcuts } from "@/lib/keyboard";
import { Dialog, Kbd } from "@/ui";
import { useT } from "../messages";
import classes from "./Palette.module.css";

/** `?`: every key that works on this page. */
export function ShortcutHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const all = useAllShortcuts();
  const scopes = [...new Set(all.map((s) => s.scope))];
  return (
    <Dialog open={open} onClose={onClose} title={t("shortcuts")} width={640}>
      <div className={classes.help}>
        {scopes.map((scope) => (
          <section key={scope} className={classes.helpGroup}>
            <h3>{scope}</h3>
            {all.filter((s) => s.scope === scope).map((s) => (
              <div key={s.keys} className={classes.helpRow}>
                <span>{s.label}</span>
                <Kbd keys={s.keys} />
              </div>
            ))}
          </section>
        ))}
      </div>
    </Dialog>
  );
}
