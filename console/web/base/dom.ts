/** Elements from data. Text is only ever set as text, so that no commit subject or log line can become markup. */
export type Child = Node | string | number | null | undefined | false | readonly Child[];

type Handler = (event: never) => void;
export type Attributes = Readonly<
  Record<string, string | number | boolean | null | undefined | Handler | Readonly<Record<string, string>>>
>;

const SVG = 'http://www.w3.org/2000/svg';

/** `h('p.dull', {}, 'text')`: classes stand in the name, handlers are `onclick` and the like. */
export function h(name: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const [tag = 'div', ...classes] = name.split('.');
  return fill(document.createElement(tag), classes, attributes, children);
}

/** The same for SVG, whose geometry is attributes: the page's policy forbids style attributes. */
export function s(name: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  const [tag = 'g', ...classes] = name.split('.');
  return fill(document.createElementNS(SVG, tag) as SVGElement, classes, attributes, children);
}

function fill<Made extends HTMLElement | SVGElement>(
  made: Made,
  classes: readonly string[],
  attributes: Attributes,
  children: readonly Child[],
): Made {
  const all = [...classes, attributes.class].filter((name) => typeof name === 'string' && name !== '');
  if (all.length > 0) made.setAttribute('class', all.join(' '));
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'class' || value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') Object.assign(made, { [key]: value });
    else if (typeof value === 'object') style(made, value);
    else made.setAttribute(key, value === true ? '' : String(value));
  }
  put(made, children);
  return made;
}

/** Through CSSOM, which the policy allows. */
function style(made: HTMLElement | SVGElement, rules: Readonly<Record<string, string>>): void {
  for (const [property, value] of Object.entries(rules)) made.style.setProperty(property, value);
}

function put(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === '') continue;
    if (Array.isArray(child)) put(parent, child as readonly Child[]);
    else parent.append(typeof child === 'number' ? String(child) : (child as Node | string));
  }
}

/** A `Text`: what stands between backquotes is set in the fixed font, between two stars each in bold. */
export function say(text: string): Child[] {
  return text
    .split('`')
    .map((part, index) =>
      index % 2 === 1
        ? h('code', {}, part)
        : part.split('**').map((words, at) => (at % 2 === 1 ? h('b', {}, words) : words)),
    );
}

/** A `Text` without its marks, for titles and names that only hold characters. */
export const plain = (text: string): string => text.replaceAll(/`|\*\*/g, '');

/** Read by a screen reader, not seen. */
export const unseen = (...children: readonly Child[]): HTMLElement => h('span.unseen', {}, ...children);
