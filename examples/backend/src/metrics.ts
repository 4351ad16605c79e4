/**
 * Counts something in CloudWatch without calling it: a line in the embedded metric format, which CloudWatch
 * Logs turns into the metric `Backend/NAME` with the dimension `Service`.
 */
export function count(
  name: 'DocumentCreated',
  value = 1,
  write = (line: string) => void process.stdout.write(line),
): void {
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: 'Backend', Dimensions: [['Service']], Metrics: [{ Name: name, Unit: 'Count' }] },
      ],
    },
    Service: 'backend',
    [name]: value,
  };
  write(`${JSON.stringify(line)}\n`);
}
