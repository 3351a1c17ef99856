import { useBlocker } from '@tanstack/react-router'
import { Confirm } from '#shared/Confirm.tsx'
import { say } from '#shared/words.ts'

/** Asks before a text that nobody has saved is lost. */
export function Leaving({ isUnsaved }: { isUnsaved: () => boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isUnsaved() && current.pathname !== next.pathname,
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  })
  return (
    <Confirm
      question={{
        title: say('Leave without saving?'),
        body: say('What you have written since the last version is lost.'),
        yes: say('Leave'),
        danger: true,
      }}
      isOpen={status === 'blocked'}
      isBusy={false}
      onClose={() => reset?.()}
      onYes={() => proceed?.()}
    />
  )
}
