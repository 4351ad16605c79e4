/** CodeBuild: one build, started once and looked at. */
import {
  BatchGetBuildsCommand,
  type Build,
  type CodeBuildClient,
  StartBuildCommand,
  type StartBuildCommandInput,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';

/** Returns the build's id. The same idempotency token within five minutes gives the same build. */
export async function startBuild(codebuild: CodeBuildClient, input: StartBuildCommandInput): Promise<string> {
  const { build } = await codebuild.send(new StartBuildCommand(input));
  if (!build?.id) throw new Error('CodeBuild StartBuild answered without a build id');
  return build.id;
}

export async function describeBuild(codebuild: CodeBuildClient, id: string): Promise<Build | undefined> {
  const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
  return builds?.[0];
}

export async function stopBuild(codebuild: CodeBuildClient, id: string): Promise<void> {
  await codebuild.send(new StopBuildCommand({ id }));
}
