import type { Component } from '#client'
import { DeleteVersion } from '#shared/DeleteVersion.tsx'
import { say } from '#shared/words.ts'
import { useDeleteComponent } from './queries.ts'

export function ComponentVerbs({ component, onDeleted }: { component: Component; onDeleted: () => void }) {
  const loss = say('Its source is removed for good. Models that were trained with it keep a copy beside them.')
  return <DeleteVersion of={component} loss={loss} remove={useDeleteComponent(component.id, onDeleted)} />
}
