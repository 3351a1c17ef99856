import { Stack, Text } from '@mantine/core'
import { formatShare } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import css from './Answer.module.css'
import { asLabelled, asOutputs, formatValue } from './prediction.ts'

/** What the model says, large; how sure it is, as bars. */
export function Answer({ prediction, milliseconds }: { prediction: unknown; milliseconds: number }) {
  const outputs = asOutputs(prediction)
  return (
    <div className="fade" role="status" data-prediction>
      <Stack gap="md">
        {outputs ? (
          outputs.map(([name, value]) => (
            <div key={name}>
              <Text fz="xs" c="dimmed">
                {name}
              </Text>
              <Value value={value} />
            </div>
          ))
        ) : (
          <Value value={prediction} />
        )}
      </Stack>
      <Text fz="xs" c="dimmed" mt="sm" className="numbers">
        {say('answered in {time} ms', { time: milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds) })}
      </Text>
    </div>
  )
}

function Value({ value }: { value: unknown }) {
  const labelled = asLabelled(value)
  if (!labelled) return <div className={css.value}>{formatValue(value)}</div>
  return (
    <>
      <div className={css.value}>{formatValue(labelled.label)}</div>
      <dl className={css.shares}>
        {labelled.probabilities.slice(0, 12).map(([label, share]) => (
          <div key={label}>
            <dt className="ellipsis">{label}</dt>
            <dd>
              <span className={css.bar} style={{ width: `${share * 100}%` }} />
            </dd>
            <dd className={css.share}>{formatShare(share)}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
