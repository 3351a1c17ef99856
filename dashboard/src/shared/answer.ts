import { refusalOf } from './problem.ts'

type Reply<T> = { data?: T; error?: unknown; response?: Response }

/** The data of a call of the generated client; a refusal is thrown as `Refused`. */
export async function answer<T>(call: Promise<Reply<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await call.catch((): Reply<T> => ({}))
  if (!response?.ok) throw refusalOf(error, response?.status)
  return data as NonNullable<T>
}
