import type { Progress } from '#client'
import { formatSpan } from '#shared/time.ts'
import css from './ProgressBar.module.css'
import { shareDone } from './progress.ts'

/** A thin bar; its width moves, nothing around it does. */
export function ProgressBar({ progress, label }: { progress: Progress | null; label: string }) {
  const percent = Math.round(shareDone(progress) * 1000) / 10
  return (
    <div
      className={css.track}
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div className={css.done} style={{ width: `${percent}%` }} />
    </div>
  )
}

/** `epoch 3 of 40 · step 118 of 413 · 1m 4s left`. */
export function ProgressWords({ progress, brief }: { progress: Progress | null; brief?: boolean }) {
  if (!progress?.epoch) return null
  const words = [
    brief ? `${progress.epoch} / ${progress.epochs ?? '?'}` : `Epoch ${progress.epoch} of ${progress.epochs ?? '?'}`,
  ]
  if (!brief && progress.steps) words.push(`step ${progress.step ?? 0} of ${progress.steps}`)
  if (progress.eta_seconds) words.push(`${formatSpan(progress.eta_seconds)} left`)
  return <span className="numbers dim">{words.join(' · ')}</span>
}
