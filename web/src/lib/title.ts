import { useEffect } from "react";

/** The browser tab's name while the calling component is shown. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Deskbell` : "Deskbell";
  }, [title]);
}
