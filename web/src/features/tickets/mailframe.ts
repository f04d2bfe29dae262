/**
 * A mail in a frame of its own. The frame is `sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"`:
 * without allow-scripts nothing in it can run, and with allow-same-origin this page may measure it and reach its links.
 * Both together would undo the sandbox, so allow-scripts must never be added. A policy inside forbids everything but
 * inline styles and pictures: ours always, those of others when the reader asked for them. The server has cleaned the
 * text before (MAIL-4); this is the second wall.
 */

export const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

interface Inline {
  id: string;
  contentId: string | null;
  url: string;
}

/** Puts our own address in the place of each cid: picture; one that is not there gets no address. */
export function resolveCids(html: string, attachments: readonly Inline[]): string {
  const urls = new Map(attachments.filter((a) => a.contentId).map((a) => [bare(a.contentId ?? ""), a.url]));
  return html.replace(/(\ssrc\s*=\s*)(["'])cid:([^"']*)\2/gi, (_whole, before: string, quote: string, cid: string) => {
    const url = urls.get(bare(decode(cid)));
    return url ? `${before}${quote}${url}${quote}` : `${before}${quote}${quote}`;
  });
}

function bare(contentId: string): string {
  return contentId.trim().replace(/^<|>$/g, "").toLowerCase();
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % is part of the name
  }
}

/** Gives held-back pictures their address. */
export function showRemote(html: string): string {
  return html.replace(/\sdata-remote-src=(["'])(https?:\/\/[^"']*)\1/gi, (_whole, quote: string, url: string) => ` src=${quote}${url}${quote} referrerpolicy="no-referrer"`);
}

/** Whether a mail brings colours of its own; then it is shown on white paper, also at night. */
export function hasOwnColours(html: string): boolean {
  return /\sbgcolor=|<font[^>]+color=|style="[^"]*\b(background|color)\b/i.test(html);
}

/** The page's policy would refuse style attributes and complain of each: they wait under another name until `dress` sets them. */
export function parkStyles(html: string): string {
  return html.replaceAll(' style="', ' data-style="');
}

export function frameDocument(html: string, origin: string, remote: boolean): string {
  const images = `data: blob: ${origin}${remote ? " https: http:" : ""}`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src ${images}; form-action 'none'; base-uri 'none'`;
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer"><base target="_blank"></head><body>${html}</body></html>`;
}

export interface FrameLook {
  font: string;
  text: string;
  muted: string;
  link: string;
  border: string;
}

/** The frame's own style sheet, in the colours of the page or of paper. */
export function frameStyles(look: FrameLook): string {
  return `
    html, body { margin: 0; padding: 0; background: transparent; }
    body { font: 400 14px/1.5 ${look.font}; color: ${look.text}; overflow-wrap: anywhere; overflow-x: auto; overflow-y: hidden; }
    p { margin: 0 0 0.75em; } ul, ol { margin: 0 0 0.75em; padding-inline-start: 1.6em; }
    a { color: ${look.link}; } img { max-width: 100%; height: auto; } img:not([src]) { display: none; }
    pre { white-space: pre-wrap; } table { max-width: 100%; }
    blockquote { margin: 0.5em 0; padding-inline-start: 12px; border-inline-start: 2px solid ${look.border}; color: ${look.muted}; }
    details > summary { display: inline-block; cursor: pointer; list-style: none; color: ${look.muted}; font-size: 12px; line-height: 16px; padding: 0 8px; margin: 4px 0; border: 1px solid ${look.border}; border-radius: 8px; }
    details > summary::-webkit-details-marker { display: none; }
    .mention { font-weight: 500; } .signature { color: ${look.muted}; }
  `;
}

export const PAPER: Omit<FrameLook, "font"> = { text: "#1b1b1f", muted: "#63636d", link: "#2350c0", border: "#cfcfd5" };
