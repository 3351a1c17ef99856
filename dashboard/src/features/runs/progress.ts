import type { Progress, RunListed, Scores } from '#client'
import { say } from '#shared/words.ts'

/** How much of the training is done, 0 to 1: whole epochs and the part of the one that runs. */
export function shareDone(progress: Progress | null): number {
  if (!progress?.epoch || !progress.epochs) return 0
  const within = progress.step && progress.steps ? progress.step / progress.steps : 0
  return Math.min(1, (progress.epoch - 1 + within) / progress.epochs)
}

type Scored = { name: string; value: number | null }

/** The metric that says what "best" means, with its best value. */
export function mainMetric(run: Pick<RunListed, 'best' | 'last'>, monitor = 'val_loss'): Scored | null {
  const scores = run.best ?? run.last
  const metrics = scores?.metrics ?? {}
  const name = [monitor, 'val_loss', 'loss', ...Object.keys(metrics)].find((candidate) => candidate in metrics)
  return name === undefined ? null : { name, value: metrics[name] ?? null }
}

/** `fit.monitor` of a resolved spec. */
export function monitorOf(spec: Record<string, unknown>): string {
  const fit = spec.fit
  if (typeof fit !== 'object' || fit === null || !('monitor' in fit)) return 'val_loss'
  return typeof fit.monitor === 'string' ? fit.monitor : 'val_loss'
}

/** Which scores a run has, in the order in which they mean something. */
export function scoreColumns(run: Pick<RunListed, 'best' | 'last' | 'restored' | 'test'>): [string, Scores][] {
  const columns: [string, Scores | null][] = [
    [say('Best'), run.best],
    [say('Last'), run.last],
    [say('Restored'), run.restored],
    [say('Test'), run.test],
  ]
  return columns.filter((column): column is [string, Scores] => Object.keys(column[1]?.metrics ?? {}).length > 0)
}

/** Metric names over all columns. Keras logs the learning rate among them, but it is no score. */
export function metricNames(columns: [string, Scores][]): string[] {
  const names = new Set(columns.flatMap(([, scores]) => Object.keys(scores.metrics ?? {})))
  return [...names].filter((name) => !name.startsWith('learning_rate'))
}
