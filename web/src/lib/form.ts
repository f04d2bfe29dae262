import { useRef, useState, type FormEvent } from "react";
import { ApiError } from "./api";

export type Errors<V> = Partial<Record<keyof V & string, string>>;

interface Options<V> {
  initial: V;
  /** A message per field that is wrong; asked at every change. */
  check: (values: V) => Errors<V>;
  submit: (values: V) => Promise<unknown>;
}

/**
 * A form that checks as one types: a field complains once it was left or sent, stops when it is right, and the first
 * wrong one is focused on submit. Refusals by the server stand at the field they name; the rest in `failure`.
 */
export function useForm<V extends object>({ initial, check, submit }: Options<V>) {
  const [values, setValues] = useState(initial);
  const [touched, setTouched] = useState<Partial<Record<keyof V & string, boolean>>>({});
  const [refused, setRefused] = useState<Errors<V>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const wrong = check(values);

  const set = <K extends keyof V & string>(name: K, value: V[K]) => {
    setValues((v) => ({ ...v, [name]: value }));
    setRefused((r) => ({ ...r, [name]: undefined }));
    setFailure(null);
  };

  const focusFirst = (errors: Errors<V>) => {
    const fields = Array.from(form.current?.querySelectorAll<HTMLElement>("[name], [data-name]") ?? []);
    const nameOf = (f: HTMLElement) => f.getAttribute("name") ?? f.dataset.name ?? "";
    fields.find((f) => errors[nameOf(f) as keyof V & string])?.focus();
  };

  const refuse = (error: unknown) => {
    const known = error instanceof ApiError ? Object.entries(error.fields).filter(([name]) => name in values) : [];
    const fields = Object.fromEntries(known) as Errors<V>;
    setRefused(fields);
    setFailure(known.length ? null : error);
    requestAnimationFrame(() => focusFirst(fields));
  };

  const onSubmit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (busy) return;
    setTouched(Object.fromEntries(Object.keys(values).map((k) => [k, true])) as typeof touched);
    if (Object.values(wrong).some(Boolean)) return focusFirst(wrong);
    setBusy(true);
    setFailure(null);
    try {
      await submit(values);
    } catch (error) {
      refuse(error);
    } finally {
      setBusy(false);
    }
  };

  const error = (name: keyof V & string): string | undefined => refused[name] ?? (touched[name] ? wrong[name] : undefined);

  /** Spread on a text field: name, value, error, onChange, onBlur. */
  const text = (name: keyof V & string) => ({
    name,
    value: String(values[name] ?? ""),
    error: error(name),
    onChange: (value: string) => set(name, value as V[typeof name]),
    onBlur: () => setTouched((t) => ({ ...t, [name]: values[name] !== "" || t[name] })),
  });

  return { values, set, setValues, error, text, failure, busy, form: { ref: form, onSubmit, noValidate: true } };
}

/** One @ with something on both sides: the server has the last word. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim());
}
