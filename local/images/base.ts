/** Base images: here they are an empty file system over the host's programs, so only their settings are known. */
import { SYSTEM_PATH } from './run/process.ts';

export interface BaseImage {
  readonly env: Readonly<Record<string, string>>;
  readonly cmd?: readonly string[];
  /** What a person should know about the difference. */
  readonly note?: string;
  /** Whether the image's entry point starts scripts with `node` by itself. */
  readonly node: boolean;
}

const REGISTRY =
  /^(?:docker\.io\/(?:library\/)?|public\.ecr\.aws\/docker\/library\/|mirror\.gcr\.io\/library\/)/;
const NODE =
  /^(?:node|bitnami\/node|cgr\.dev\/chainguard\/node|gcr\.io\/distroless\/nodejs(?<distroless>\d+)?(?:-debian\d+)?|public\.ecr\.aws\/lambda\/nodejs)(?::(?<tag>[\w.-]+))?(?:@sha256:[0-9a-f]+)?$/;
const SYSTEM =
  /^(?:debian|ubuntu|alpine|busybox|buildpack-deps|amazonlinux|gcr\.io\/distroless\/(?:base|static|cc)(?:-debian\d+)?)(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$/;

/** Undefined for an image that a process on this machine cannot stand in for. */
export function baseImage(reference: string, nodeVersion: string): BaseImage | undefined {
  const name = reference.replace(REGISTRY, '');
  if (name === 'scratch') return { env: { PATH: SYSTEM_PATH }, node: false };
  if (SYSTEM.test(name)) {
    return {
      env: { PATH: SYSTEM_PATH },
      cmd: ['/bin/sh'],
      node: false,
      note: `${reference}: this machine's own programs stand in for it`,
    };
  }
  const node = NODE.exec(name);
  if (!node) return undefined;
  const wanted = node.groups?.['distroless'] ?? /^\d+/.exec(node.groups?.['tag'] ?? '')?.[0];
  const have = nodeVersion.replace('v', '');
  const same = wanted === undefined || wanted === have.split('.')[0];
  return {
    env: { PATH: SYSTEM_PATH, NODE_VERSION: have },
    cmd: ['node'],
    node: true,
    ...(same ? {} : { note: `${reference}: this machine's Node ${have} stands in for it` }),
  };
}
