/**
 * Makes what is on the page into what it should be, touching only what differs: focus, scroll and what a person has
 * opened stay, nothing jumps. Elements are told apart by `data-key`; one with `data-own` keeps its own children.
 */
const HANDLERS = ['onclick', 'oninput', 'onchange', 'onkeydown', 'onsubmit', 'onscroll', 'ontoggle'] as const;
/** What the reader changes, not the data. */
const READERS = new Set(['open', 'style']);

export function morph(from: Element, to: Element): void {
  if (from.isEqualNode(to) && !handles(to)) {
    // Equal markup may still carry newer handlers below; those close over newer data.
    copyHandlersBelow(from, to);
    return;
  }
  attributes(from, to);
  if (from.hasAttribute('data-own') && from.getAttribute('data-own') === to.getAttribute('data-own')) return;
  children(from, to);
}

function handles(element: Element): boolean {
  const known = element as Element & Partial<Record<(typeof HANDLERS)[number], unknown>>;
  return HANDLERS.some((name) => typeof known[name] === 'function');
}

function copyHandlersBelow(from: Element, to: Element): void {
  copyHandlers(from, to);
  for (let index = 0; index < to.children.length; index++) {
    const [one, other] = [from.children[index], to.children[index]];
    if (one && other) copyHandlersBelow(one, other);
  }
}

function copyHandlers(from: Element, to: Element): void {
  for (const name of HANDLERS) {
    const [target, source] = [from, to] as unknown as Record<string, unknown>[];
    if (target && source && target[name] !== source[name]) target[name] = source[name] ?? null;
  }
}

function attributes(from: Element, to: Element): void {
  for (const { name, value } of [...to.attributes]) {
    if (READERS.has(name)) continue;
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!READERS.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  }
  copyHandlers(from, to);
  const [styled, wanted] = [from, to] as [HTMLElement, HTMLElement];
  if (styled.style.cssText !== wanted.style.cssText) styled.style.cssText = wanted.style.cssText;
  if (from instanceof HTMLInputElement && to instanceof HTMLInputElement) {
    if (from.type === 'checkbox') from.checked = to.hasAttribute('checked');
    else if (document.activeElement !== from && from.value !== to.value) from.value = to.value;
  }
}

const keyOf = (node: Node) => (node instanceof Element ? node.getAttribute('data-key') : null);

function children(from: Element, to: Element): void {
  const keyed = new Map<string, Element>();
  for (const child of from.children) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  let at: ChildNode | null = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = keyOf(wanted);
    if (key !== null) {
      const found = keyed.get(key);
      keyed.delete(key);
      if (found && found.nodeName === wanted.nodeName) {
        if (found === at) at = found.nextSibling;
        else from.insertBefore(found, at);
        morph(found, wanted as Element);
      } else from.insertBefore(wanted, at);
      continue;
    }
    while (at && keyOf(at) !== null && !keyed.has(keyOf(at) ?? '')) at = at.nextSibling;
    if (at && keyOf(at) === null && at.nodeName === wanted.nodeName) {
      const old: ChildNode = at;
      at = at.nextSibling;
      if (wanted instanceof Element) morph(old as Element, wanted);
      else if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
    } else from.insertBefore(wanted, at);
  }
  while (at) {
    const next: ChildNode | null = at.nextSibling;
    if (keyOf(at) === null) at.remove();
    at = next;
  }
  for (const left of keyed.values()) left.remove();
}
