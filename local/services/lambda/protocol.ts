/** What an execution environment and the embedded AWS say to each other. */

export interface EnvironmentData {
  readonly handler: string;
  readonly code: string;
  readonly runtime: string;
  readonly functionName: string;
  readonly memoryMb: number;
  readonly logGroup: string;
  readonly logStream: string;
  readonly logFormat: 'Text' | 'JSON';
  /** Set where the world's clock is virtual: what `Date` says during initialisation. */
  readonly now?: number;
}

export interface InvokeMessage {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  readonly arn: string;
  readonly timeoutMs: number;
  readonly now?: number;
}

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

export type EnvironmentMessage =
  | { readonly kind: 'ready'; readonly initMs: number }
  | { readonly kind: 'init-error'; readonly initMs: number; readonly error: FunctionError }
  /** One line, or several, of what the function wrote. `at` is in milliseconds since the epoch. */
  | { readonly kind: 'log'; readonly at: number; readonly text: string }
  | { readonly kind: 'result'; readonly payload: string; readonly memoryBytes: number }
  /** `fatal` where the environment is about to exit. */
  | {
      readonly kind: 'error';
      readonly error: FunctionError;
      readonly memoryBytes: number;
      readonly fatal?: boolean;
    };
