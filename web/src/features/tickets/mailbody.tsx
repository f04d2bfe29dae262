/**
 * Turns cleaned HTML that uses only plain means into elements of the page: paragraphs, lists, links, our own pictures.
 * Nothing of the original survives but the names on this list, so it is safe without a frame, takes the page's colours
 * and costs nothing. Anything with a style, a table or a class of its own is null here and goes into a frame.
 */
import { createElement, type ReactNode } from "react";

const TAGS = new Set(["a", "b", "strong", "i", "em", "u", "s", "del", "code", "pre", "p", "br", "div", "span", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "hr", "details", "summary", "img"]);
const CLASSES = new Set(["quoted", "mention", "signature", "gmail_quote", "gmail_attr", "gmail_quote_container", "gmail_extra", "gmail_signature"]);
const DEEPEST = 60;
const MOST_NODES = 3_000;

const QUOTES = "details.quoted, .gmail_quote, blockquote[type=cite], .yahoo_quoted, .protonmail_quote, #divRplyFwdMsg, .moz-cite-prefix";

/** Folds what is quoted, unless the server has done so: the first quote and all that follows it. */
export function foldQuotes(body: HTMLElement, summary: string): void {
  for (const label of body.querySelectorAll("details.quoted > summary")) label.textContent = summary;
  const quote = body.querySelector<HTMLElement>(QUOTES);
  if (!quote || quote.closest("details")) return;
  const above = (body.textContent ?? "").indexOf((quote.textContent ?? "").slice(0, 40));
  if (above <= 0) return; // nothing stands above it: folding would hide the whole mail
  const fold = body.ownerDocument.createElement("details");
  fold.className = "quoted";
  fold.append(Object.assign(body.ownerDocument.createElement("summary"), { textContent: summary }));
  const parent = quote.parentNode;
  let next: ChildNode | null = quote;
  parent?.insertBefore(fold, quote);
  while (next) {
    const one: ChildNode = next;
    next = one.nextSibling;
    fold.append(one);
  }
}

export function parseBody(html: string): HTMLElement {
  return new DOMParser().parseFromString(html, "text/html").body;
}

/** The elements to draw, or null where the mail needs its frame. */
export function plainElements(body: HTMLElement): ReactNode[] | null {
  if (body.getElementsByTagName("*").length > MOST_NODES) return null;
  try {
    return children(body, 0);
  } catch (reason) {
    if (reason instanceof NotPlain) return null;
    throw reason;
  }
}

class NotPlain extends Error {}

function children(node: Node, depth: number): ReactNode[] {
  if (depth > DEEPEST) throw new NotPlain();
  return Array.from(node.childNodes).map((child, i) => {
    if (child.nodeType === Node.TEXT_NODE) return child.textContent;
    return child instanceof Element ? element(child, i, depth) : null;
  });
}

function element(el: Element, key: number, depth: number): ReactNode {
  const tag = el.tagName.toLowerCase();
  const odd = !TAGS.has(tag) || el.hasAttribute("data-style") || el.hasAttribute("bgcolor") || el.hasAttribute("align");
  const known = [...el.classList].filter((c) => CLASSES.has(c));
  if (odd || known.length < el.classList.length) throw new NotPlain();
  const className = known.length ? known.join(" ") : undefined;
  if (tag === "img") return picture(el, key);
  if (tag === "br" || tag === "hr") return createElement(tag, { key });
  const inside = children(el, depth + 1);
  if (tag === "a") return link(el, key, inside);
  return createElement(tag, { key, className, dir: el.getAttribute("dir") ?? undefined }, ...inside);
}

function link(el: Element, key: number, inside: ReactNode[]): ReactNode {
  const href = el.getAttribute("href") ?? "";
  if (!/^(https?:|mailto:|tel:)/i.test(href)) return createElement("span", { key }, ...inside);
  return createElement("a", { key, href, target: "_blank", rel: "noopener noreferrer" }, ...inside);
}

function picture(el: Element, key: number): ReactNode {
  const src = el.getAttribute("src") ?? "";
  if (!src) return null;
  if (!src.startsWith("/helpdesk/") && !/^data:image\/(png|jpeg|gif|webp);/i.test(src)) throw new NotPlain();
  const size = (name: string) => (/^\d{1,4}$/.test(el.getAttribute(name) ?? "") ? Number(el.getAttribute(name)) : undefined);
  return createElement("img", { key, src, alt: el.getAttribute("alt") ?? "", width: size("width"), height: size("height"), loading: "lazy" });
}
