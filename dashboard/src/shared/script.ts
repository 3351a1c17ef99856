/** Whether a run is a whole script, whose spec says nothing of inputs. */
export function isScript(spec: Record<string, unknown>): boolean {
  const { model } = spec
  return typeof model === 'object' && model !== null && 'kind' in model && model.kind === 'script'
}
