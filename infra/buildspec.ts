/**
 * What CodeBuild does with a commit: install, generate, check, compile, build the image, push it, and tell what is in it.
 * The embedded AWS runs exactly these lines.
 *
 * Variables, given with each build (lambdas/build): SERVICE, SERVICE_PATH, DOCKERFILE, BUILD_CONTEXT,
 * WORKING_DIRECTORY, REPOSITORY, REPOSITORY_URI, IMAGE_TAG, COMMIT, SUBJECT, COMMITTED_AT. Exported: IMAGE_DIGEST.
 * Artifact: release.json (core/release.ts).
 */
import { readFileSync } from 'node:fs';

const manifestScript = readFileSync(new URL('release-manifest.mjs', import.meta.url), 'utf8');

/** Each phase may start anywhere, so each begins in the service's folder. */
const enter = 'cd "$CODEBUILD_SRC_DIR/$SERVICE_PATH"';

/** A heredoc with a quoted end keeps the script's text as it is. It stays out of the source, which is docker's context. */
const keepManifestScript = [
  'LOCKSTEP_SCRIPT="$(mktemp -d)/release-manifest.mjs"',
  `cat > "$LOCKSTEP_SCRIPT" <<'END_OF_SCRIPT'\n${manifestScript.trimEnd()}\nEND_OF_SCRIPT`,
].join('\n');

export const BUILDSPEC = {
  version: '0.2',
  env: {
    shell: 'bash',
    'exported-variables': ['IMAGE_DIGEST'],
  },
  phases: {
    install: {
      // The project's image, amazonlinux-aarch64-standard:4.0, has 24 and 22, and no older image for arm64 has 24 for certain:
      // al/aarch64/standard/4.0/runtimes.yml in github.com/aws/aws-codebuild-docker-images. The two change together.
      'runtime-versions': { nodejs: 24 },
      // In a repository of several packages the lock file is that of all of them.
      commands: ['cd "$CODEBUILD_SRC_DIR/$WORKING_DIRECTORY"', 'npm ci --no-audit --no-fund'],
    },
    pre_build: {
      commands: [
        enter,
        'npx prisma generate',
        'npx tsc --noEmit',
        // A service without a build script is compiled as its tsconfig.json says. `npm pkg get` would tell, but not the
        // same in a workspace.
        `if node -e 'process.exit(require("./package.json").scripts?.build ? 0 : 1)'; then npm run build; else npx tsc; fi`,
      ],
    },
    build: {
      commands: [
        enter,
        'aws ecr get-login-password | docker login --username AWS --password-stdin "$(cut -d/ -f1 <<< "$REPOSITORY_URI")"',
        // Provenance would make the push an index; ECS, ECR and the manifest speak of one image and its one digest.
        'docker build --provenance=false --file "$DOCKERFILE" --build-arg COMMIT="$COMMIT" --tag "$REPOSITORY_URI:$IMAGE_TAG" "$CODEBUILD_SRC_DIR/$BUILD_CONTEXT"',
        'docker push "$REPOSITORY_URI:$IMAGE_TAG"',
      ],
    },
    post_build: {
      commands: [
        enter,
        // CodeBuild comes here after a failed build too; then there is nothing to tell.
        [
          'if [ "$CODEBUILD_BUILD_SUCCEEDING" = "1" ]; then',
          keepManifestScript,
          'IMAGE_DIGEST="$(docker image inspect "$REPOSITORY_URI:$IMAGE_TAG" | node "$LOCKSTEP_SCRIPT" "$CODEBUILD_SRC_DIR/release.json")" && export IMAGE_DIGEST',
          'fi',
        ].join('\n'),
      ],
    },
  },
  artifacts: { files: ['release.json'] },
  cache: { paths: ['/root/.npm/**/*'] },
} as const;
