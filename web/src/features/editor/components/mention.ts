import { Mention } from "@tiptap/extension-mention";
import type { SuggestionKeyDownProps, SuggestionProps } from "@tiptap/suggestion";
import { fit } from "@/lib/commands";
import type { Named } from "../types";

export interface MentionChoice {
  /** "user:7" or "team:3". */
  id: string;
  label: string;
  team: boolean;
}

export interface MentionMenu {
  choices: MentionChoice[];
  at: number;
  rect: DOMRect | null;
  pick: (choice: MentionChoice) => void;
}

interface People {
  users: readonly Named[];
  teams: readonly Named[];
}

const SHOWN = 8;

export function mentionChoices({ users, teams }: People, query: string): MentionChoice[] {
  const all = [
    ...users.map((u) => ({ id: `user:${u.id}`, label: u.name, team: false })),
    ...teams.map((it) => ({ id: `team:${it.id}`, label: it.name, team: true })),
  ];
  return all
    .map((choice) => ({ choice, score: query ? fit(choice.label, query) : 1 }))
    .filter((c) => c.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map((c) => c.choice);
}

/** @ and a name: a list opens, arrows and Enter choose. The list itself is drawn by React from `show`. */
export function mention(people: () => People, show: (menu: MentionMenu | null) => void) {
  return Mention.configure({
    HTMLAttributes: { class: "mention" },
    renderText: ({ node }) => `@${String(node.attrs.label ?? "")}`,
    suggestion: { char: "@", items: ({ query }) => mentionChoices(people(), query), render: () => menuDriver(show) },
  });
}

function menuDriver(show: (menu: MentionMenu | null) => void) {
  let menu: MentionMenu | null = null;
  const set = (next: MentionMenu | null) => {
    menu = next;
    show(next);
  };
  const draw = (props: SuggestionProps<MentionChoice>) => set({
    choices: props.items,
    at: Math.min(menu?.at ?? 0, Math.max(props.items.length - 1, 0)),
    rect: props.clientRect?.() ?? null,
    pick: (choice) => props.command(choice),
  });
  return {
    onStart: draw,
    onUpdate: draw,
    onExit: () => set(null),
    onKeyDown: ({ event }: SuggestionKeyDownProps): boolean => {
      if (!menu) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") set(null);
      else if (step && menu.choices.length) set({ ...menu, at: (menu.at + step + menu.choices.length) % menu.choices.length });
      else if ((event.key === "Enter" || event.key === "Tab") && menu.choices[menu.at]) menu.pick(menu.choices[menu.at] as MentionChoice);
      else return false;
      return true;
    },
  };
}
