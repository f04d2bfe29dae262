import { Combobox, useCombobox } from "@mantine/core";
import { IconCheck, IconSelector } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { fit } from "@/lib/commands";
import classes from "./Float.module.css";
import { useT } from "./messages";

export interface Choice {
  value: string;
  label: string;
  icon?: ReactNode;
  /** Small grey words behind the label. */
  note?: string;
  group?: string;
  disabled?: boolean;
}

interface Props {
  choices: readonly Choice[];
  value: string | null;
  onChange: (value: string) => void;
  label: string;
  placeholder?: string;
  /** Looks like text until pointed at: for headers and cells. */
  quiet?: boolean;
  invalid?: boolean;
  disabled?: boolean;
  id?: string;
  name?: string;
  describedBy?: string;
  /** Shows the search field from this many choices on. */
  searchFrom?: number;
  /** Replaces the drawn trigger's inside. */
  children?: ReactNode;
  onSearch?: (query: string) => void;
}

/** One of many, by pointer or keys: type to search, arrows, Enter, Escape. */
export function Picker(props: Props) {
  const { choices, value, onChange, label, placeholder, quiet, invalid, disabled, searchFrom = 8, onSearch } = props;
  const t = useT();
  const [query, setQuery] = useState("");
  const searchable = Boolean(onSearch) || choices.length >= searchFrom;
  const box = useCombobox({
    onDropdownClose: () => {
      setQuery("");
      onSearch?.("");
      box.resetSelectedOption();
      box.focusTarget();
    },
    onDropdownOpen: () => {
      if (searchable) box.focusSearchInput();
      box.updateSelectedOptionIndex("active");
    },
  });
  const chosen = choices.find((c) => c.value === value);
  const shown = onSearch ? choices : choices.filter((c) => fit(`${c.label} ${c.note ?? ""}`, query) > 0);
  const { selectFirstOption } = box;
  const offered = shown.map((c) => c.value).join();
  useEffect(() => {
    if (query) selectFirstOption(); // what was searched for may come after the keys: Enter takes its first
  }, [query, offered, selectFirstOption]);
  const pick = (picked: string) => {
    onChange(picked);
    box.closeDropdown();
  };
  return (
    <Combobox store={box} keepMounted={false} onOptionSubmit={pick} withinPortal position="bottom-start" offset={4} width={quiet ? 240 : "target"} transitionProps={{ duration: 80 }} classNames={{ dropdown: classes.float }}>
      <Combobox.Target targetType="button">
        <button
          type="button" id={props.id} data-name={props.name} className={classes.trigger} data-quiet={quiet} disabled={disabled}
          aria-label={`${label}: ${chosen?.label ?? placeholder ?? t("none")}`} aria-invalid={invalid || undefined} aria-describedby={props.describedBy} onClick={() => box.toggleDropdown()}
        >
          {props.children ?? (
            <>
              {chosen?.icon}
              <span className={classes.grow}>{chosen?.label ?? <span className={classes.note}>{placeholder ?? t("none")}</span>}</span>
            </>
          )}
          {!quiet && <IconSelector size={14} aria-hidden />}
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        {searchable && (
          <Combobox.Search
            unstyled
            classNames={{ input: classes.search }}
            value={query}
            placeholder={t("search")}
            aria-label={`${t("search")}: ${label}`}
            onChange={(e) => {
              setQuery(e.currentTarget.value);
              onSearch?.(e.currentTarget.value);
            }}
          />
        )}
        <Combobox.Options className={classes.options} aria-label={label}>
          {shown.length === 0 && <Combobox.Empty className={classes.empty}>{t("nothing")}</Combobox.Empty>}
          <Options choices={shown} value={value} />
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Options({ choices, value }: { choices: readonly Choice[]; value: string | null }) {
  const option = (c: Choice) => (
    <Combobox.Option key={c.value} value={c.value} active={c.value === value} disabled={c.disabled} className={classes.item}>
      {c.icon && <span className={classes.mark} aria-hidden>{c.icon}</span>}
      <span className={classes.grow}>{c.label}</span>
      {c.note && <span className={classes.note}>{c.note}</span>}
      {c.value === value && <IconCheck size={14} aria-hidden />}
    </Combobox.Option>
  );
  const groups = [...new Set(choices.map((c) => c.group))];
  return groups.map((group) => {
    const inside = choices.filter((c) => c.group === group).map(option);
    return group ? (
      <Combobox.Group key={group} label={group} classNames={{ groupLabel: classes.label }}>{inside}</Combobox.Group>
    ) : (
      inside
    );
  });
}
