/** The names of what the query cache holds; everything of one run lies under `runKey`. */
export const runsKey = ['runs'] as const
export const runKey = (id: string, ...part: unknown[]) => ['run', id, ...part] as const
export const componentsKey = ['components'] as const
export const componentKey = (id: string, ...part: unknown[]) => ['component', id, ...part] as const
export const datasetsKey = ['datasets'] as const
export const datasetKey = (id: string, ...part: unknown[]) => ['dataset', id, ...part] as const
