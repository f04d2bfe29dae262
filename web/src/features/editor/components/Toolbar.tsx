import { IconArrowBackUp, IconArrowForwardUp, IconBlockquote, IconBold, IconCode, IconItalic, IconLink, IconList, IconListNumbers, IconUnderline, type Icon } from "@tabler/icons-react";
import { useEditorState, type Editor } from "@tiptap/react";
import { useState } from "react";
import { Button, IconButton, Pop, TextField } from "@/ui";
import { useT, type t as T } from "../messages";
import classes from "./Editor.module.css";

interface Tool {
  name: Parameters<typeof T>[0];
  icon: Icon;
  keys?: string;
  /** The mark or node that is on while it is pressed. */
  on?: string;
  run: (editor: Editor) => unknown;
}

const TOOLS: Tool[] = [
  { name: "bold", icon: IconBold, keys: "mod+b", on: "bold", run: (e) => e.chain().focus().toggleBold().run() },
  { name: "italic", icon: IconItalic, keys: "mod+i", on: "italic", run: (e) => e.chain().focus().toggleItalic().run() },
  { name: "underline", icon: IconUnderline, keys: "mod+u", on: "underline", run: (e) => e.chain().focus().toggleUnderline().run() },
  { name: "bullets", icon: IconList, keys: "mod+shift+8", on: "bulletList", run: (e) => e.chain().focus().toggleBulletList().run() },
  { name: "numbers", icon: IconListNumbers, keys: "mod+shift+7", on: "orderedList", run: (e) => e.chain().focus().toggleOrderedList().run() },
  { name: "quote", icon: IconBlockquote, keys: "mod+shift+b", on: "blockquote", run: (e) => e.chain().focus().toggleBlockquote().run() },
  { name: "code", icon: IconCode, keys: "mod+e", on: "code", run: (e) => e.chain().focus().toggleCode().run() },
];
const LAST: Tool[] = [
  { name: "undo", icon: IconArrowBackUp, keys: "mod+z", run: (e) => e.chain().focus().undo().run() },
  { name: "redo", icon: IconArrowForwardUp, keys: "mod+shift+z", run: (e) => e.chain().focus().redo().run() },
];

export function Toolbar({ editor }: { editor: Editor }) {
  const t = useT();
  const on = useEditorState({ editor, selector: ({ editor: now }) => TOOLS.filter((tool) => tool.on && now.isActive(tool.on)).map((tool) => tool.name).join() });
  const pressed = new Set(on.split(","));
  const button = (tool: Tool) => (
    <IconButton
      key={tool.name} label={t(tool.name)} keys={tool.keys} aria-pressed={tool.on ? pressed.has(tool.name) : undefined} onMouseDown={(e) => e.preventDefault()} onClick={() => tool.run(editor)}
    >
      <tool.icon size={16} stroke={1.7} />
    </IconButton>
  );
  return (
    <div className={classes.toolbar} role="toolbar" aria-label={t("formatting")}>
      {TOOLS.map(button)}
      <LinkTool editor={editor} />
      <span className={classes.gap} />
      {LAST.map(button)}
    </div>
  );
}

function LinkTool({ editor }: { editor: Editor }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const [href, setHref] = useState("");
  const active = useEditorState({ editor, selector: ({ editor: now }) => now.isActive("link") });
  const start = () => {
    setHref(String(editor.getAttributes("link").href ?? ""));
    setOpen(true);
  };
  const close = () => {
    setOpen(false);
    editor.commands.focus();
  };
  const keep = () => {
    const typed = href.trim();
    const address = typed && !/^[a-z]+:/i.test(typed) ? (typed.includes("@") ? `mailto:${typed}` : `https://${typed}`) : typed;
    const chain = editor.chain().focus().extendMarkRange("link");
    if (!address) chain.unsetLink().run();
    else if (editor.state.selection.empty && !active) chain.insertContent({ type: "text", text: typed, marks: [{ type: "link", attrs: { href: address } }] }).run();
    else chain.setLink({ href: address }).run();
    setOpen(false);
  };
  return (
    <Pop
      open={open} onChange={(next) => (next ? start() : close())} label={t("link")} align="start"
      trigger={<IconButton label={t("link")} aria-pressed={active} aria-expanded={open} onMouseDown={(e) => e.preventDefault()} onClick={() => (open ? close() : start())}><IconLink size={16} stroke={1.7} /></IconButton>}
    >
      <form className={classes.linkForm} onSubmit={(e) => { e.preventDefault(); e.stopPropagation(); keep(); }}>
        <TextField label={t("linkAddress")} value={href} onChange={setHref} placeholder="https://" tight autoFocus />
        <div>
          {active && <Button size="small" kind="quiet" onClick={() => { editor.chain().focus().extendMarkRange("link").unsetLink().run(); setOpen(false); }}>{t("linkRemove")}</Button>}
          <Button size="small" kind="primary" type="submit">{t("linkSet")}</Button>
        </div>
      </form>
    </Pop>
  );
}
