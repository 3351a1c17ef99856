import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { isSignedOut, Refused } from '#shared/problem.ts'

/** What the service refuses, it refuses again; only silence and its own errors are worth another try. */
function isWorthAnotherTry(failures: number, error: Error): boolean {
  return failures < 2 && !(error instanceof Refused && error.status >= 400 && error.status < 500)
}

export function makeCache(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (isSignedOut(error)) onSignedOut()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry: isWorthAnotherTry, staleTime: 1000 } },
  })
}
