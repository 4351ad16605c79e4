/**
 * What keeps a function's bundle small: a cold start reads and compiles all of it. Each plugin leaves out what no function
 * can come to, and changes nothing of what is left.
 */
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A module in another's place, wherever it is imported. */
function standIn(namespace: string, filter: RegExp, lines: readonly string[]): Plugin {
  return {
    name: namespace,
    setup({ onResolve, onLoad }) {
      onResolve({ filter }, () => ({ path: namespace, namespace }));
      onLoad({ filter: /.*/, namespace }, () => ({ contents: lines.join('\n'), resolveDir: root }));
    },
  };
}

/**
 * Lambda puts the role's credentials into the environment. The SDK's chain of all the places where a laptop may have
 * some (profiles, single sign-on, other processes) is a third of a bundle, and none of them must ever be tried.
 */
const credentialsOfLambda = standIn('credentials-of-lambda', /^@aws-sdk\/credential-provider-node$/, [
  `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
]);

/**
 * A client describes the shapes of all its operations. Those of the REST protocols have computed keys, which might do
 * anything when they are evaluated, so a bundler keeps every one of them: for S3 alone 60 KB that are read at each
 * cold start. Evaluated by a call that is marked as pure, a shape that nobody uses goes.
 */
const onlyUsedShapes: Plugin = {
  name: 'only-used-shapes',
  setup({ onLoad }) {
    onLoad(
      { filter: /[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replace(
          /^((?:export )?var [\w$]+ = )(\[[\s\S]*?\]);$/gm,
          '$1/* @__PURE__ */ (() => $2)();',
        ),
      }),
    );
  },
};

/**
 * An ESM import of one of Node's own modules reads every name that it exports, and `node:http` has some (WebSocket) that
 * load the whole of fetch's implementation when they are read: 20 ms of a cold start. Asked for as an object, it does not.
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z_:]+(\/[a-z_]+)*$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'plain-builtins' } : null,
    );
    onLoad({ filter: /.*/, namespace: 'plain-builtins' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/**
 * `import { z } from 'zod'` is one object with all of zod in it, of which a bundler has to keep everything. The same as
 * a namespace import keeps what is used: half of the size and of the time to start. Descriptions, each of which makes
 * its schema once more, are for the reference in docs/, which is written from the sources.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup({ onResolve, onLoad }) {
    // A file of ours that only passes on what others hold need not be evaluated for that.
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace("import { z } from 'zod';", "import * as z from 'zod';")
        .replace(/\.describe\(\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),?\s*\)/g, ''),
      loader: 'ts',
    }));
  },
};

/**
 * What zod's schemas drag along and no function asks for: its messages in fifty languages, and how each kind of schema
 * is written as JSON Schema (the files in docs/ are made from the sources).
 */
const onlyValidation: Plugin = {
  name: 'only-validation',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    }));
    onLoad(
      { filter: /[\\/]zod[\\/]v4[\\/]core[\\/](?:to-json-schema|json-schema-processors)\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const names = [...source.matchAll(/^export (?:const|function) (\w+)/gm)].map((match) => match[1]);
        const absent = `() => { throw new Error('JSON Schema is not made here'); }`;
        return {
          contents: `${names.map((name) => `export const ${name} = ${absent};`).join('\n')}\nexport const process = ${absent};`,
        };
      },
    );
  },
};

/**
 * Answers that are streams of events are asked for by no function. A bundler takes the import() of what reads them for a
 * reason to keep every export of every module that it leads to, which is most of the SDK's core: 8 ms of a cold start.
 * A client that has such an operation (S3's SelectObjectContent) is set up for them as it is made.
 */
const noEventStreams = standIn('no-event-streams', /^@smithy\/core\/event-streams$/, [
  `export class EventStreamSerde { constructor() { throw new Error('Event streams are not read here'); } }`,
  'export const resolveEventStreamSerdeConfig = (config) => config;',
  `export const eventStreamSerdeProvider = () => { throw new Error('Event streams are not read here'); };`,
]);

/**
 * DynamoDB's client makes a cache of a thousand addresses that the service once gave out one by one. None of its
 * operations asks for one any more.
 */
const noEndpointDiscovery = standIn('no-endpoint-discovery', /^@aws-sdk\/middleware-endpoint-discovery$/, [
  'export const resolveEndpointDiscoveryConfig = (config) => config;',
  'export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {',
  '  environmentVariableSelector: () => undefined, configFileSelector: () => undefined, default: undefined,',
  '};',
]);

/** A client asks its package.json for its version, and gets all of it: scripts, dependencies and authors. */
const onlyVersion: Plugin = {
  name: 'only-version',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => ({
      contents: JSON.stringify({ version: JSON.parse(await readFile(path, 'utf8')).version }),
      loader: 'json',
    }));
  },
};

/** An error of a client as its package writes it: id, name, fault, whether it may be tried again, its fields. */
const ERROR_CLASS = new RegExp(
  [
    String.raw`^export class (?<name>\w+) extends __BaseException \{`,
    `    static shapeId = (?<id>"[^"]+");`,
    String.raw`    name = "\k<name>";`,
    String.raw`    \$fault = (?<fault>"\w+");`,
    String.raw`(?:    \$retryable = (?<retryable>\{[^;]*\});\n)?(?<fields>(?:    \w+;\n)*)    constructor\(opts\) \{`,
    String.raw`        super\(\{`,
    String.raw`            name: "\k<name>",`,
    String.raw`            \$fault: \k<fault>,`,
    String.raw`            \.\.\.opts,`,
    String.raw`        \}\);`,
    String.raw`        Object\.setPrototypeOf\(this, \k<name>\.prototype\);`,
    String.raw`(?:        this\.\w+ = opts\.\w+;\n)*    \}`,
    String.raw`\}$`,
  ].join('\n'),
  'gm',
);

/**
 * A client registers the classes of all errors of its service, fifty of them, each written out. Made by one function they
 * are a fifth of that. A class that is not written as expected stays as it is.
 */
export const shortErrors: Plugin = {
  name: 'short-errors',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-[^\\/]+[\\/]dist-es[\\/]models[\\/]errors\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const short = source.replace(ERROR_CLASS, (...match) => {
        const { name, id, fault, retryable, fields } = match.at(-1) as Record<string, string | undefined>;
        const names = JSON.stringify(fields?.match(/\w+/g) ?? []);
        return `export const ${name} = /* @__PURE__ */ lockstepError(${id}, ${fault}, ${names}, ${retryable});`;
      });
      return { contents: `${short}\n${LOCKSTEP_ERROR}` };
    });
  },
};

const LOCKSTEP_ERROR = `
function lockstepError(shapeId, $fault, fields, $retryable) {
  const name = shapeId.split('#')[1];
  return class extends __BaseException {
    static shapeId = shapeId;
    constructor(opts) {
      super({ name, $fault, ...opts });
      Object.assign(this, { name, $fault }, $retryable && { $retryable });
      Object.setPrototypeOf(this, new.target.prototype);
      for (const field of fields) this[field] = opts[field];
    }
  };
}`;

export const slimming: Plugin[] = [
  credentialsOfLambda,
  onlyUsedShapes,
  plainBuiltins,
  onlyWhatIsUsed,
  onlyValidation,
  noEventStreams,
  noEndpointDiscovery,
  onlyVersion,
  shortErrors,
];
