import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import css from './Code.module.css'
import { say } from './words.ts'

export function Copy({ text, label = say('Copy') }: { text: string; label?: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? say('Copied') : label}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
            {copied ? <IconCheck size={15} color="var(--hg-good)" /> : <IconCopy size={15} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

/** Text to take away: a command, a snippet, a document. */
export function Code({ text, prompt, wrap }: { text: string; prompt?: boolean; wrap?: boolean }) {
  return (
    <div className={css.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={css.code} data-prompt={prompt} data-wrap={wrap} tabIndex={0}>
        {text}
      </pre>
      <div className={css.copy}>
        <Copy text={text} />
      </div>
    </div>
  )
}
