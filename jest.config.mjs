export default {
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/judge/rules/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/setup/transform.mjs' },
  modulePathIgnorePatterns: [
    '<rootDir>/.lockstep',
    '<rootDir>/cdk.out',
    '<rootDir>/dist',
    '<rootDir>/examples',
  ],
  testSequencer: '<rootDir>/test/setup/sequencer.mjs',
  // One more than the two cores that CI gives us: scenarios mostly wait, for bakes, drains and health checks.
  maxWorkers: 3,
  testTimeout: 30_000,
};
