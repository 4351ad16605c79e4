/** Lifecycle policies: which images of a repository have had their time. Looked at once a day, as ECR does within one. */
import { type Image, invalidParameter, type Registry, type Repository, wildcard } from './model.ts';
import { imageAction } from './put-image.ts';

interface Rule {
  readonly rulePriority: number;
  readonly selection: {
    readonly tagStatus: 'tagged' | 'untagged' | 'any';
    readonly tagPrefixList?: readonly string[];
    readonly tagPatternList?: readonly string[];
    readonly countType: 'imageCountMoreThan' | 'sinceImagePushed';
    readonly countUnit?: 'days';
    readonly countNumber: number;
  };
  readonly action: { readonly type: 'expire' };
}

export const DAY_MS = 24 * 60 * 60 * 1000;

export function checkLifecyclePolicy(text: string): readonly Rule[] {
  const refuse = (why: string) =>
    invalidParameter(
      `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${why}'`,
    );
  let rules: readonly Rule[] | undefined;
  try {
    rules = (JSON.parse(text) as { rules?: readonly Rule[] }).rules;
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (!Array.isArray(rules) || rules.length === 0)
    throw refuse('object has missing required properties (["rules"])');
  for (const rule of rules as readonly Rule[]) {
    const { countType, countNumber } = rule.selection ?? {};
    const known = countType === 'imageCountMoreThan' || countType === 'sinceImagePushed';
    if (!known) throw refuse(`countType ${countType} is not supported by the embedded AWS`);
    if (rule.action?.type !== 'expire')
      throw refuse(`action ${rule.action?.type} is not supported by the embedded AWS`);
    if (!Number.isInteger(countNumber) || countNumber < 1) throw refuse('countNumber must be at least 1');
  }
  return rules;
}

/** Expires what the policy says. An image is judged by the first rule, by priority, that selects it. */
export function applyLifecycle(registry: Registry, repository: Repository): Image[] {
  const policy = repository.lifecyclePolicy;
  if (!policy) return [];
  const now = registry.world.clock.now();
  const expired: Image[] = [];
  const taken = new Set<Image>();
  for (const rule of [...checkLifecyclePolicy(policy.text)].sort((a, b) => a.rulePriority - b.rulePriority)) {
    const selected = registry
      .images(repository.name)
      .filter((image) => image.status === 'ACTIVE' && !taken.has(image) && selects(rule, image))
      .sort((a, b) => b.pushedAt - a.pushedAt);
    const { countType, countNumber } = rule.selection;
    const over =
      countType === 'imageCountMoreThan'
        ? selected.slice(countNumber)
        : selected.filter((image) => now - image.pushedAt > countNumber * DAY_MS);
    for (const image of selected) taken.add(image);
    expired.push(...over);
  }
  for (const image of expired) {
    registry.deleteImage(image);
    imageAction(registry, image, 'DELETE', image.tags[0]);
  }
  policy.evaluatedAt = now;
  registry.save(repository);
  return expired;
}

function selects({ selection }: Rule, image: Image): boolean {
  const { tagStatus, tagPrefixList, tagPatternList } = selection;
  if (tagStatus === 'any') return true;
  if (tagStatus === 'untagged') return image.tags.length === 0;
  return image.tags.some(
    (tag) =>
      (tagPrefixList?.some((prefix) => tag.startsWith(prefix)) ?? false) ||
      (tagPatternList?.some((pattern) => wildcard(pattern, tag)) ?? false),
  );
}
