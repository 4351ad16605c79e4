/**
 * The CDK app: for each environment file a DeployerStack (Lockstep itself) and a BackendStack (something to deploy
 * to, for those who have nothing yet). Needs no account and no network.
 *
 *   npx cdk synth                                    every environment of environments/
 *   npx cdk deploy -c environment=production --all   one of them
 *   npx cdk synth -c environments=../shop/environments   the files of another repository
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { backendStackName, deployerStackName } from '../core/names.ts';
import { BackendStack } from './backend-stack.ts';
import { type Bundles, withBundles } from './bundles.ts';
import { DeployerStack } from './deployer-stack.ts';
import { type NamedEnvironment, readEnvironments } from './environments.ts';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export interface AppOptions {
  readonly environments: readonly NamedEnvironment[];
  /** Left out, the functions get a stand-in: assertions on a template need no code. */
  readonly bundles?: Bundles | undefined;
  /** Where `synth()` writes; the CDK command passes its own. */
  readonly folder?: string;
  /** Whether the templates are held against CloudFormation's own rules; that takes longer than all the rest. */
  readonly validated?: boolean;
}

/** The feature flags of cdk.json, which only the CDK command would read by itself. */
function flags(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')).context;
}

export function buildApp(options: AppOptions): App {
  const app = new App({
    context: flags(),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: options.validated ?? false,
    ...(options.folder === undefined ? {} : { outdir: options.folder }),
  });
  const version = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
  for (const { name, environment } of options.environments) {
    const { region, account } = environment.aws;
    const env = { region, ...(account === undefined ? {} : { account }) };
    const common = { env, environmentName: name, environment };
    const deployer = new DeployerStack(app, deployerStackName(name), {
      ...common,
      version,
      bundles: options.bundles,
      description: `Lockstep: deploys the services of ${name}.`,
    });
    if (environment.stack.create) {
      const backend = new BackendStack(app, backendStackName(name), {
        ...common,
        description: `What Lockstep deploys the services of ${name} to.`,
      });
      // `inspect-database` stands in the service's network, whose parts the deployer imports by name.
      deployer.addStackDependency(backend);
    }
  }
  // What costs money can be told apart in the bill; a listener costs none.
  Tags.of(app).add('lockstep', 'true', { excludeResourceTypes: ['AWS::ElasticLoadBalancingV2::Listener'] });
  return app;
}

/** When the CDK command runs this file. */
if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // Only to read the context that the CDK command was given.
  const asked = new App({ autoSynth: false });
  const { AwsSolutionsChecks } = await import('cdk-nag');
  const folder = asked.node.tryGetContext('environments') ?? join(ROOT, 'environments');
  const environments = readEnvironments(folder, asked.node.tryGetContext('environment'));
  await withBundles(ROOT, (bundles) => {
    const app = buildApp({ environments, bundles, validated: true });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  });
}
