import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useSensor, useSensors, type DragEndEvent } from "@dnd-kit/core";
import { arrayMove, SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { IconGripVertical } from "@tabler/icons-react";
import type { KeyboardEvent, ReactNode } from "react";
import { cx } from "./cx";
import { useT } from "./messages";
import classes from "./Sortable.module.css";

interface Props<T> {
  label: string;
  items: readonly T[];
  idOf: (item: T) => string;
  nameOf: (item: T) => string;
  onChange: (items: T[]) => void;
  children: (item: T, index: number) => ReactNode;
}

/**
 * A list one puts in order: by dragging a row's handle, by Space and arrows on it, or at once by Alt and arrows.
 * Not part of the index of @/ui: import it as "@/ui/Sortable", so that the drag library loads only where it is used.
 */
export function Sortable<T>({ label, items, idOf, nameOf, onChange, children }: Props<T>) {
  const t = useT();
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  const ids = items.map(idOf);
  const name = (id: string | number) => {
    const item = items.find((i) => idOf(i) === id);
    return item ? nameOf(item) : "";
  };
  const move = (from: number, to: number) => {
    if (from !== to && from >= 0 && to >= 0 && to < items.length) onChange(arrayMove([...items], from, to));
  };
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    if (over) move(ids.indexOf(String(active.id)), ids.indexOf(String(over.id)));
  };
  const place = (id: string | number | undefined) => (id === undefined ? 0 : ids.indexOf(String(id)) + 1);
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={onDragEnd}
      accessibility={{
        screenReaderInstructions: { draggable: t("dragHow") },
        announcements: {
          onDragStart: ({ active }) => t("dragStart", { name: name(active.id) }),
          onDragOver: ({ active, over }) => t("dragOver", { name: name(active.id), place: place(over?.id), all: ids.length }),
          onDragEnd: ({ active, over }) => t("dragEnd", { name: name(active.id), place: place(over?.id), all: ids.length }),
          onDragCancel: ({ active }) => t("dragCancel", { name: name(active.id) }),
        },
      }}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <ul aria-label={label}>
          {items.map((item, i) => (
            <SortableRow key={idOf(item)} id={idOf(item)} name={nameOf(item)} onStep={(by) => move(i, i + by)}>
              {children(item, i)}
            </SortableRow>
          ))}
        </ul>
      </SortableContext>
    </DndContext>
  );
}

function SortableRow({ id, name, onStep, children }: { id: string; name: string; onStep: (by: number) => void; children: ReactNode }) {
  const t = useT();
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id });
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
    if (by) {
      event.preventDefault();
      onStep(by);
    } else {
      listeners?.onKeyDown?.(event);
    }
  };
  return (
    <li ref={setNodeRef} className={cx(classes.row, isDragging && classes.lifted)} style={{ transform: CSS.Translate.toString(transform), transition }}>
      <button type="button" ref={setActivatorNodeRef} className={classes.handle} {...attributes} {...listeners} onKeyDown={onKeyDown} aria-label={t("dragHandle", { name })}>
        <IconGripVertical size={16} aria-hidden />
      </button>
      {children}
    </li>
  );
}
