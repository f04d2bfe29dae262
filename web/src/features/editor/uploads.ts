/** Files on their way up, with progress and a way to call it off. */
import { ApiError, address, type Schemas } from "@/lib/api";

export type Uploaded = Schemas["ConversationAttachment"];

export interface Upload {
  key: string;
  name: string;
  size: number;
  /** 0 to 1. */
  progress: number;
  error: string | null;
}

/** fetch tells nothing of progress, so this one request goes by the older road. */
export function sendFile(file: File, progress: (part: number) => void, signal: AbortSignal): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("/attachments"));
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300 && body) resolve(body as unknown as Uploaded);
      else reject(new ApiError(request.status, body ?? {}));
    };
    request.onerror = () => reject(new ApiError(0, { message: "The file could not be sent: the server can't be reached." }));
    request.onabort = () => reject(new DOMException("called off", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name || "file");
    request.send(form);
  });
}

function parse(text: string): Record<string, never> | null {
  try {
    return JSON.parse(text) as Record<string, never>;
  } catch {
    return null;
  }
}

/** Why a file can't go before it is even sent; null where it can. */
export function refuseFile(file: { size: number }, total: number, most: number): "empty" | "tooLarge" | null {
  if (file.size === 0) return "empty";
  return total + file.size > most ? "tooLarge" : null;
}

export function startUpload(list: readonly Upload[], key: string, file: { name: string; size: number }): Upload[] {
  return [...list, { key, name: file.name || "file", size: file.size, progress: 0, error: null }];
}

export function moveUpload(list: readonly Upload[], key: string, progress: number): Upload[] {
  return list.map((u) => (u.key === key ? { ...u, progress: Math.min(Math.max(progress, u.progress), 1) } : u));
}

export function failUpload(list: readonly Upload[], key: string, error: string): Upload[] {
  return list.map((u) => (u.key === key ? { ...u, error } : u));
}

export function endUpload(list: readonly Upload[], key: string): Upload[] {
  return list.filter((u) => u.key !== key);
}
