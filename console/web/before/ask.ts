/** Asks the console's own server; a refusal comes out as an error with its sentence. */
export async function read<Shape>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Shape> {
  const token = document.querySelector<HTMLMetaElement>('meta[name=csrf-token]')?.content ?? '';
  const response = await fetch(path, { method, headers: method === 'POST' ? { 'x-csrf-token': token } : {} });
  const body = (await response.json()) as Shape & { problem?: string };
  if (!response.ok) throw new Error(body.problem ?? `The console answered ${response.status}.`);
  return body;
}
