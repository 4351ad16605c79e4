import { flag, type Invocation } from '../command.ts';
import { JsonRenderer } from './json.ts';
import { type Renderer, screenOf, TextRenderer } from './text.ts';

/** The rendering that the user asked for, on standard output. */
export function rendererOf(invocation: Invocation): Renderer {
  if (flag(invocation, 'json')) return new JsonRenderer((text) => void process.stdout.write(text));
  return new TextRenderer(screenOf(process.stdout, invocation.variables));
}
