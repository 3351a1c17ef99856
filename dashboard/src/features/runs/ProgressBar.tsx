import type { Progress } from '#client'
import { formatSpan } from '#shared/time.ts'
import { say } from '#shared/words.ts'
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
    brief
      ? `${progress.epoch} / ${progress.epochs ?? '?'}`
      : say('Epoch {epoch} of {epochs}', { epoch: progress.epoch, epochs: progress.epochs ?? '?' }),
  ]
  if (!brief && progress.steps)
    words.push(say('step {step} of {steps}', { step: progress.step ?? 0, steps: progress.steps }))
  if (progress.eta_seconds) words.push(say('{eta_seconds} left', { eta_seconds: formatSpan(progress.eta_seconds) }))
  return <span className="numbers dim">{words.join(' · ')}</span>
}
