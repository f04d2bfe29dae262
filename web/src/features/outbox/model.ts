/**
 * A page of its own around a message's HTML. The frame that shows it has no rights at all (sandbox=""), and this
 * policy lets it load nothing from outside.
 */
export function framed(html: string): string {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  const style = "body{margin:16px;font:14px/20px system-ui,sans-serif;color:#1b1b1f;overflow-wrap:anywhere}img{max-width:100%}";
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><style>${style}</style>${html}`;
}
