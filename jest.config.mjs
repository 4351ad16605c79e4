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
  // Two workers: the machine that CI gives us has two cores, and scenarios start real servers.
  maxWorkers: 2,
  testTimeout: 30_000,
};
