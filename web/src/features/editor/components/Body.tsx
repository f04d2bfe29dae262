import { Image } from "@tiptap/extension-image";
import { Placeholder } from "@tiptap/extension-placeholder";
import { EditorContent, useEditor } from "@tiptap/react";
import { StarterKit } from "@tiptap/starter-kit";
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from "react";
import { cx } from "@/ui";
import { useT } from "../messages";
import type { Named, WriteKind } from "../types";
import type { Uploaded } from "../uploads";
import classes from "./Text.module.css";
import { mention, type MentionMenu } from "./mention";
import { MentionList } from "./MentionList";
import { Toolbar } from "./Toolbar";

export interface BodyHandle {
  focus: () => void;
  insertPicture: (file: Uploaded) => void;
}

interface Props {
  kind: WriteKind;
  start: string;
  /** Whether it was asked for, and so takes the focus as it appears. */
  focus: boolean;
  height: number | undefined;
  users: readonly Named[];
  teams: readonly Named[];
  onChange: (html: string) => void;
  onFiles: (files: Iterable<File>, inText?: boolean) => void;
  onSend: () => void;
  ref: Ref<BodyHandle>;
}

/** The text itself. Pictures that are pasted or dropped go into it, other files beside it. */
export function Body(props: Props) {
  const { kind, start, focus, height, ref } = props;
  const t = useT();
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const [menu, setMenu] = useState<MentionMenu | null>(null);
  const [plugins] = useState(() => extensions(kind, t(kind === "reply" ? "replyPlaceholder" : "commentPlaceholder"), () => latest.current, setMenu));
  const editor = useEditor({
    extensions: plugins,
    content: start,
    autofocus: focus ? "end" : false,
    injectCSS: false, // the page's policy knows no inline style sheets: Editor.module.css has what is needed
    editorProps: {
      attributes: { "aria-label": t(kind === "reply" ? "replyBody" : "commentBody"), "aria-multiline": "true", role: "textbox", class: cx(classes.text, kind === "comment" && classes.onComment) },
      handleKeyDown: (view, event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          latest.current.onSend();
          return true;
        }
        if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("[data-mention-list]")) {
          view.dom.blur();
          return true;
        }
        return false;
      },
      handlePaste: (_view, event) => takeFiles(event.clipboardData, latest.current.onFiles),
      handleDrop: (_view, event) => takeFiles(event.dataTransfer, latest.current.onFiles),
    },
    onUpdate: ({ editor: now }) => latest.current.onChange(now.isEmpty ? "" : now.getHTML()),
  });
  useImperativeHandle(ref, () => ({
    focus: () => void (editor && !editor.isDestroyed && editor.commands.focus("end")),
    insertPicture: (file) => void editor?.chain().focus().setImage({ src: file.url, alt: file.name }).run(),
  }), [editor]);
  return (
    <>
      <EditorContent editor={editor} className={classes.body} style={height ? { height } : undefined} data-full={height === undefined || undefined} onClick={(e) => { if (e.target === e.currentTarget) editor?.commands.focus("end"); }} />
      {menu && <MentionList menu={menu} />}
      {editor && <Toolbar editor={editor} />}
    </>
  );
}

function extensions(kind: WriteKind, placeholder: string, props: () => Props, setMenu: (menu: MentionMenu | null) => void) {
  return [
    StarterKit.configure({ heading: { levels: [1, 2, 3] }, link: { openOnClick: false, autolink: true, defaultProtocol: "https", protocols: ["mailto", "tel"] } }),
    Image.configure({ inline: true }),
    Placeholder.configure({ placeholder }),
    ...(kind === "comment" ? [mention(() => ({ users: props().users, teams: props().teams }), setMenu)] : []),
  ];
}

/** Files of a paste or a drop; false where there are none, and the editor takes the text. */
function takeFiles(data: DataTransfer | null, onFiles: Props["onFiles"]): boolean {
  const files = [...(data?.files ?? [])];
  // A copied table or page brings a picture of itself along: its text is what was meant.
  if (files.length === 0 || data?.types.includes("text/html")) return false;
  const pictures = files.filter((f) => f.type.startsWith("image/"));
  onFiles(pictures, true);
  onFiles(files.filter((f) => !pictures.includes(f)));
  return true;
}
