/** The console as a process of its own: its parent sends what to serve, and gets the address back. */
import { awsSource } from './aws-source.ts';
import { filesOf, readBundle } from './bundle.ts';
import { serve } from './http.ts';
import { type GivenPlace, openPlace } from './place.ts';

export interface Start {
  readonly port: number;
  readonly interval: number;
  readonly requester: string;
  readonly places: readonly GivenPlace[];
}

process.once('message', async ({ port, interval, requester, places }: Start) => {
  try {
    const bundle = await readBundle();
    const { url } = await serve({
      source: awsSource({ places: places.map(openPlace), interval, requester }),
      files: (token) => filesOf(bundle, token),
      port,
    });
    process.send?.({ url });
  } catch (error) {
    process.send?.({ problem: (error as Error).message });
    process.disconnect();
  }
});
// A console whose command is gone would hold its port for nobody; Ctrl-C is the command's to handle.
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => {});
