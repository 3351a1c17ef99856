/** Which two models are compared, and of which checkpoint their weights are; stands in the address. */

export type Side = { id: string; checkpoint?: string }
export type Sides = [Side, Side]

/** `run_1,run_2@last`; whatever is not there is one of the runs. */
export function readSides(models: string | undefined, runs: { id: string }[]): Sides {
  const asked = (models ?? '').split(',').map((word) => {
    const [id = '', checkpoint] = word.split('@')
    return { id, checkpoint: checkpoint || undefined }
  })
  const known = (nth: number): Side => {
    const side = asked[nth]
    return side && runs.some(({ id }) => id === side.id) ? side : { id: runs[nth]?.id ?? '' }
  }
  return [known(0), known(1)]
}

export function writeSides(sides: Sides): string {
  return sides.map(({ id, checkpoint }) => (checkpoint ? `${id}@${checkpoint}` : id)).join(',')
}
